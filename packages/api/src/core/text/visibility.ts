/**
 * What a text is for. `name`: a person's or page's name, one line. `line`: other text of one line, such as a title.
 * `prose`: text of several lines.
 */
export type TextKind = 'name' | 'line' | 'prose';

// U+2800 is a blank glyph, U+FFFC stands for a missing object, U+1D159 is a null notehead.
const VISIBLE = /[[\p{L}\p{N}\p{P}\p{S}]--[\p{Default_Ignorable_Code_Point}\u2800\u{fffc}\u{1d159}]]/v;

/** Whether a text has a character that people can see. Blanks, marks alone and ignorable characters don't count. */
export const hasVisibleCharacter = (text: string): boolean => VISIBLE.test(text);

// PostgreSQL can't store NUL; the others break lines, lists and JSON.
const NEVER = String.raw`\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Noncharacter_Code_Point}\ufff9-\ufffb`;
// Bidi overrides, embeddings and isolates; invisible operators and deprecated format characters; byte-order marks;
// tags, which hide whole messages.
const NEVER_IN_PROSE = String.raw`${NEVER}\u202a-\u202e\u2060-\u206f\ufeff\u{e0000}-\u{e007f}`;
// Marks of direction stay: names in Hebrew and Arabic need them around brackets and punctuation.
const NEVER_IN_NAMES = String.raw`${NEVER}[\p{Default_Ignorable_Code_Point}--[\u061c\u200e\u200f]]\u2800\ufffc\u{1d159}`;

const INVISIBLE: Record<TextKind, RegExp> = {
  name: new RegExp(`[${NEVER_IN_NAMES}]`, 'v'),
  line: new RegExp(`[${NEVER_IN_PROSE}]`, 'v'),
  prose: new RegExp(`[[${NEVER_IN_PROSE}]--[\\n\\t]]`, 'v'),
};

const EMOJI_ELEMENT = String.raw`\p{Extended_Pictographic}[\ufe0e\ufe0f]?\p{Emoji_Modifier}?`;
/** Emoji that need invisible characters: sequences with joiners, keycaps, flags of regions, ☀️ and ☀︎. */
const EMOJI = new RegExp(
  String.raw`\u{1f3f4}[\u{e0030}-\u{e0039}\u{e0061}-\u{e007a}]{3,6}\u{e007f}|[0-9#*]\ufe0f\u20e3|${EMOJI_ELEMENT}(?:\u200d${EMOJI_ELEMENT})*`,
  'gv',
);

/** Scripts whose letters change shape by joiners: the cursive ones and those of India and its neighbors. */
const JOINING_SCRIPTS =
  'Arabic Syriac Mandaic Nko Mongolian Phags_Pa Adlam Hanifi_Rohingya Devanagari Bengali Gurmukhi Gujarati Oriya ' +
  'Tamil Telugu Kannada Malayalam Sinhala Tibetan Myanmar Khmer Balinese Javanese Newa Tirhuta';
const JOINING = `[[${JOINING_SCRIPTS.split(' ')
  .map((script) => `\\p{Script_Extensions=${script}}`)
  .join('')}]&&[\\p{L}\\p{M}]]`;
// Canonical combining class 9; old Malayalam and Sinhala spellings end a word in virama and joiner.
const VIRAMA = String.raw`[\u094d\u09cd\u0a4d\u0acd\u0b4d\u0bcd\u0c4d\u0ccd\u0d4d\u0dca\u1039\u103a]`;
/** Joiners and variation selectors at places where they change what is seen. */
const SHAPING = new RegExp(
  String.raw`(?<=${JOINING})[\u200c\u200d](?=${JOINING})|(?<=${VIRAMA})[\u200c\u200d]|` +
    // Mongolian free variation selectors; Han variants, which Japanese names need.
    String.raw`(?<=\p{Script=Mongolian})[\u180b-\u180d\u180f]|(?<=\p{Script=Han})[\ufe00-\ufe02\u{e0100}-\u{e01ef}]`,
  'gv',
);

/**
 * Finds the first character that must not be in a text of a kind, because nobody sees it or because it reorders the
 * text around it; undefined if there is none. Emoji sequences, and joiners where a script needs them, are allowed
 * everywhere, so are U+061C, U+200E and U+200F; U+00AD, U+200B to U+200D and variation selectors outside names only.
 */
export function findInvisibleCharacter(text: string, kind: TextKind): string | undefined {
  const suspect = INVISIBLE[kind].exec(text);
  if (!suspect) return undefined;
  const rest = text.replaceAll(EMOJI, ' ').replaceAll(SHAPING, '');
  return INVISIBLE[kind].exec(rest)?.[0];
}

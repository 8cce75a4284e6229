/** `name`: a person's or page's name. `line`: other text of one line, such as a title. `prose`: several lines. */
export type TextKind = 'name' | 'line' | 'prose';

// U+2800 is a blank glyph, U+FFFC stands for a missing object, U+1D159 is a null notehead.
const VISIBLE = /[[\p{L}\p{N}\p{P}\p{S}]--[\p{Default_Ignorable_Code_Point}\u2800\u{fffc}\u{1d159}]]/v;

export const hasVisibleCharacter = (text: string): boolean => VISIBLE.test(text);

// PostgreSQL can't store NUL; the others break lines, lists and JSON.
const NEVER = String.raw`\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Noncharacter_Code_Point}\ufff9-\ufffb`;
// Bidi controls, invisible operators, deprecated format characters, byte-order marks; tags, which hide messages.
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

const JOINING_SCRIPTS =
  'Arabic Syriac Mandaic Nko Mongolian Phags_Pa Adlam Hanifi_Rohingya Devanagari Bengali Gurmukhi Gujarati Oriya ' +
  'Tamil Telugu Kannada Malayalam Sinhala Tibetan Myanmar Khmer Balinese Javanese Newa Tirhuta';
const JOINING = `[[${JOINING_SCRIPTS.split(' ')
  .map((script) => `\\p{Script_Extensions=${script}}`)
  .join('')}]&&[\\p{L}\\p{M}]]`;
// Canonical combining class 9; old Malayalam and Sinhala spellings end a word in virama and joiner.
const VIRAMA = String.raw`[\u094d\u09cd\u0a4d\u0acd\u0b4d\u0bcd\u0c4d\u0ccd\u0d4d\u0dca\u1039\u103a]`;
const SHAPING = new RegExp(
  String.raw`(?<=${JOINING})[\u200c\u200d](?=${JOINING})|(?<=${VIRAMA})[\u200c\u200d]|` +
    // Mongolian free variation selectors; Han variants, which Japanese names need.
    String.raw`(?<=\p{Script=Mongolian})[\u180b-\u180d\u180f]|(?<=\p{Script=Han})[\ufe00-\ufe02\u{e0100}-\u{e01ef}]`,
  'gv',
);

/** Emoji, needed joiners, U+061C, U+200E, U+200F pass anywhere; U+00AD, other U+200B to U+200D, selectors not in names */
export function findInvisibleCharacter(text: string, kind: TextKind): string | undefined {
  const suspect = INVISIBLE[kind].exec(text);
  if (!suspect) return undefined;
  const rest = text.replaceAll(EMOJI, ' ').replaceAll(SHAPING, '');
  return INVISIBLE[kind].exec(rest)?.[0];
}

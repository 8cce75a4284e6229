import { z } from 'zod';
import { imageUrl } from '../pictures/schema.ts';

// Null means the preset's own value.

const THEME_PRESETS = [
  'default',
  'paper',
  'midnight',
  'meadow',
  'sunset',
  'mono',
  'editorial',
  'gallery',
  'clay',
  'candy',
  'poster',
  'neon',
] as const;
const themePreset = z.enum(THEME_PRESETS).meta({ id: 'ThemePreset' });

const SYSTEM_FONTS = ['system', 'serif', 'rounded', 'humanist', 'slab', 'mono'] as const;
const WEB_FONTS = [
  'inter',
  'figtree',
  'space-grotesk',
  'bricolage-grotesque',
  'archivo',
  'nunito',
  'fraunces',
  'playfair-display',
  'lora',
  'jetbrains-mono',
  'caveat',
] as const;
const themeFont = z
  .enum([...SYSTEM_FONTS, ...WEB_FONTS])
  .meta({ id: 'ThemeFont' })
  .describe("The first six are fonts of the visitor's system; pages load the others from this server");

const color = z
  .string()
  .regex(/^#[0-9a-fA-F]{6}$/, { error: 'Enter a colour such as #1a2b3c' })
  .toLowerCase()
  .meta({ pattern: '^#[0-9a-fA-F]{6}$', example: '#1a2b3c' });
const customColor = color.nullable().default(null);
const colors = z
  .strictObject({ text: customColor, accent: customColor, button: customColor, buttonText: customColor })
  .meta({ id: 'ThemeColorsInput', outputId: 'ThemeColors' });

const MAX_SCRIM_PERCENT = 95;
/** At less, neither white text on black nor black text on white could be read on every picture. */
const MIN_SCRIM_PERCENT = 55;
const scrimMembers = {
  scrim: z.enum(['dark', 'light']).describe('The colour over the picture, which makes text readable'),
  strength: z
    .number()
    .int()
    .min(MIN_SCRIM_PERCENT)
    .max(MAX_SCRIM_PERCENT)
    .describe('How much of the picture it covers, in percent'),
};

const pictureSource = { fileId: z.uuid().nullable().default(null), url: imageUrl.nullable().default(null) };
const hasOneSource = ({ fileId, url }: { fileId: string | null; url: string | null }): boolean =>
  (fileId === null) !== (url === null);
const SOURCE_ERROR = { error: 'Give either fileId or url', path: ['fileId'] };

/** Loaded by every visitor before anything else is done with their connection. */
export const MAX_BACKGROUND_VIDEO_BYTES = 15_000_000;

const cover = z
  .strictObject(pictureSource)
  .refine(hasOneSource, SOURCE_ERROR)
  .meta({ id: 'ThemeCoverInput', outputId: 'ThemeCover' })
  .describe('The picture of a hero or banner');

const backgroundPattern = z
  .enum(['dots', 'grid', 'stripes', 'checks', 'waves', 'rays'])
  .meta({ id: 'BackgroundPattern' });

const background = z
  .discriminatedUnion('type', [
    z.strictObject({ type: z.enum(['solid']), color }).meta({ id: 'SolidBackground' }),
    z
      .strictObject({
        type: z.enum(['gradient']),
        from: color,
        to: color,
        angle: z.number().int().min(0).max(359),
      })
      .meta({ id: 'GradientBackground' }),
    z
      .strictObject({
        type: z.enum(['pattern']),
        pattern: backgroundPattern,
        color,
        ink: color.describe('Of the pattern; moved towards `color` if no text could be read on both'),
      })
      .meta({ id: 'PatternBackground' }),
    z
      .strictObject({ type: z.enum(['picture']), ...pictureSource, ...scrimMembers })
      .refine(hasOneSource, SOURCE_ERROR)
      .meta({ id: 'PictureBackgroundInput', outputId: 'PictureBackground' }),
    z
      .strictObject({
        type: z.enum(['video']),
        fileId: z.uuid().describe('An uploaded video of the same workspace, of at most 15 MB'),
        posterFileId: z
          .uuid()
          .describe('The picture before it plays, and instead of it where motion is unwanted'),
        ...scrimMembers,
      })
      .meta({ id: 'VideoBackground' }),
  ])
  .meta({ id: 'ThemeBackgroundInput', outputId: 'ThemeBackground' });

const colorScheme = z.enum(['auto', 'light', 'dark']);
const buttonShape = z.enum(['square', 'rounded', 'pill']).meta({ id: 'ButtonShape' });
const buttonStyle = z
  .enum(['filled', 'outline', 'soft', 'shadow', 'hard-shadow', 'line'])
  .meta({ id: 'ButtonStyle' });
const buttonHover = z
  .enum(['none', 'lift', 'grow', 'press', 'invert', 'underline'])
  .meta({ id: 'ButtonHover' })
  .describe('What a button does under the pointer; it moves only for visitors who accept motion');
const avatarShape = z.enum(['circle', 'rounded', 'square', 'arch', 'none']).meta({ id: 'AvatarShape' });
const avatarSize = z.enum(['small', 'medium', 'large']).meta({ id: 'AvatarSize' });
const headerLayout = z
  .enum(['classic', 'hero', 'banner'])
  .meta({ id: 'HeaderLayout' })
  .describe('`hero`: the picture fills the top of the page; `banner`: a band behind the avatar');
const entrance = z
  .enum(['none', 'fade', 'rise', 'pop'])
  .meta({ id: 'Entrance' })
  .describe('How the page appears, for visitors who accept motion');

/** Counts towards the weight of the page. */
export const MAX_CUSTOM_CSS_LENGTH = 8_000;
const customCss = z
  .string()
  .max(MAX_CUSTOM_CSS_LENGTH)
  .describe(
    'Only in workspaces for which an administrator allowed it; see the guide for what it may contain',
  );

const firstMembers = {
  preset: themePreset,
  font: themeFont.nullable(),
  colorScheme,
  colors,
  background: background.nullable(),
  buttonShape: buttonShape.nullable(),
  buttonStyle: buttonStyle.nullable(),
};

/** Members that older themes do not have. */
const laterMembers = {
  buttonHover: buttonHover.nullable(),
  avatarShape: avatarShape.nullable(),
  avatarSize: avatarSize.nullable(),
  headerLayout: headerLayout.nullable(),
  entrance: entrance.nullable(),
  cover: cover.nullable(),
  customCss: customCss.nullable(),
};

const laterDefaults = {
  buttonHover: laterMembers.buttonHover.default(null),
  avatarShape: laterMembers.avatarShape.default(null),
  avatarSize: laterMembers.avatarSize.default(null),
  headerLayout: laterMembers.headerLayout.default(null),
  entrance: laterMembers.entrance.default(null),
  cover: laterMembers.cover.default(null),
  customCss: laterMembers.customCss.default(null),
};

export const pageTheme = z.strictObject({ ...firstMembers, ...laterDefaults }).meta({ id: 'Theme' });
export type Theme = z.infer<typeof pageTheme>;

/** Without defaults, which would reset the members that a change leaves out. */
export const themeChanges = z
  .strictObject({ ...firstMembers, ...laterMembers })
  .partial()
  .meta({ id: 'ThemeChanges' });

export const DEFAULT_THEME: Theme = {
  preset: 'default',
  font: null,
  colorScheme: 'auto',
  colors: { text: null, accent: null, button: null, buttonText: null },
  background: null,
  buttonShape: null,
  buttonStyle: null,
  buttonHover: null,
  avatarShape: null,
  avatarSize: null,
  headerLayout: null,
  entrance: null,
  cover: null,
  customCss: null,
};

/** Stored themes may be older than a member. */
export const completeTheme = (stored: Partial<Theme>): Theme => ({ ...DEFAULT_THEME, ...stored });

/** Recommended by Open Graph's readers: larger ones are cut or not loaded. */
export const PICTURE_WIDTH = 1_200;
export const PICTURE_HEIGHT = 630;

/** The content of a picture. Texts are in their logical order. */
export type SharePicture = {
  title: string;
  handle: string;
  bio: string | null;
  /** BCP 47 tag, which decides the forms of Chinese characters and where lines break. */
  language: string;
  direction: 'ltr' | 'rtl';
  /** The font of the page; the picture has it if it is a web font. */
  font: string;
  /** Shown where there is no picture. */
  initial: string;
  avatar: Uint8Array | null;
  colors: {
    from: string;
    to: string;
    /** The angle of the gradient, in degrees as in CSS. */
    angle: number;
    text: string;
    muted: string;
    accent: string;
    onAccent: string;
  };
};

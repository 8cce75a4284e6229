/** How an upload becomes pictures: side lengths or widths, and whether they are cut to a square. */
export type PictureForm = { widths: readonly number[]; isSquare: boolean };
export type Focus = { x: number; y: number };

export type ExaminationRequest = {
  path: string;
  /** Where the pictures are written. */
  folder: string;
  form: PictureForm;
  focus: Focus | null;
};

export type RenderedPicture = {
  path: string;
  type: 'image/webp' | 'image/avif';
  width: number;
  height: number;
  size: number;
  sha256: string;
};

/** `type` is what the bytes are, whatever the name says; undefined if it is nothing known. */
export type Examination =
  | { kind: 'picture'; type: string; width: number; height: number; pictures: RenderedPicture[] }
  | { kind: 'other'; type: string | undefined }
  | { kind: 'refused'; type: string; reason: string };

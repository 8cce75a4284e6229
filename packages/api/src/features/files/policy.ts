import type { PictureForm } from '../../core/files/examination.ts';

export const PURPOSES = ['avatar', 'thumbnail', 'image', 'background', 'audio', 'video', 'file'] as const;
export type Purpose = (typeof PURPOSES)[number];

export const KINDS = ['picture', 'audio', 'video', 'document'] as const;
export type Kind = (typeof KINDS)[number];

const MEGABYTE = 1_000_000;

type PurposeRule = { maxBytes: number; kinds: readonly Kind[]; form: PictureForm };

const NO_PICTURES: PictureForm = { widths: [640], isSquare: false };

/** The kinds and sizes of files for each purpose. Squares are cut around the focus. */
export const PURPOSE_RULES: Record<Purpose, PurposeRule> = {
  avatar: { maxBytes: 10 * MEGABYTE, kinds: ['picture'], form: { widths: [128, 256, 512], isSquare: true } },
  thumbnail: {
    maxBytes: 10 * MEGABYTE,
    kinds: ['picture'],
    form: { widths: [96, 192, 384], isSquare: true },
  },
  image: {
    maxBytes: 20 * MEGABYTE,
    kinds: ['picture'],
    form: { widths: [320, 640, 1_280], isSquare: false },
  },
  background: {
    maxBytes: 20 * MEGABYTE,
    kinds: ['picture'],
    form: { widths: [640, 1_280, 1_920], isSquare: false },
  },
  audio: { maxBytes: 50 * MEGABYTE, kinds: ['audio'], form: NO_PICTURES },
  video: { maxBytes: 50 * MEGABYTE, kinds: ['video'], form: NO_PICTURES },
  file: { maxBytes: 20 * MEGABYTE, kinds: ['document', 'audio'], form: NO_PICTURES },
};

export const MAX_UPLOAD_BYTES = Math.max(...Object.values(PURPOSE_RULES).map(({ maxBytes }) => maxBytes));

type StoredType = { kind: Kind; type: string; extension: string };

/** By what the bytes are. Pictures are not here: they are stored as WebP and AVIF only. */
export const STORED_TYPES: Record<string, StoredType> = {
  'application/pdf': { kind: 'document', type: 'application/pdf', extension: 'pdf' },
  'audio/mpeg': { kind: 'audio', type: 'audio/mpeg', extension: 'mp3' },
  'audio/x-m4a': { kind: 'audio', type: 'audio/mp4', extension: 'm4a' },
  'audio/mp4': { kind: 'audio', type: 'audio/mp4', extension: 'm4a' },
  'audio/aac': { kind: 'audio', type: 'audio/aac', extension: 'aac' },
  'audio/ogg': { kind: 'audio', type: 'audio/ogg', extension: 'ogg' },
  'audio/wav': { kind: 'audio', type: 'audio/wav', extension: 'wav' },
  'audio/flac': { kind: 'audio', type: 'audio/flac', extension: 'flac' },
  'video/mp4': { kind: 'video', type: 'video/mp4', extension: 'mp4' },
  'video/x-m4v': { kind: 'video', type: 'video/mp4', extension: 'mp4' },
  'video/webm': { kind: 'video', type: 'video/webm', extension: 'webm' },
};

export const PICTURE_EXTENSIONS = { 'image/webp': 'webp', 'image/avif': 'avif' } as const;

/** By the extension of an object's key: what it is served as. */
export const SERVED_TYPES: Readonly<Record<string, string>> = {
  ...Object.fromEntries(Object.entries(PICTURE_EXTENSIONS).map(([type, extension]) => [extension, type])),
  ...Object.fromEntries(Object.values(STORED_TYPES).map(({ type, extension }) => [extension, type])),
};

export const KIND_NAMES: Record<Kind, string> = {
  picture: 'a picture (JPEG, PNG, WebP, AVIF or GIF)',
  audio: 'a sound (MP3, M4A, AAC, Ogg, WAV or FLAC)',
  video: 'a video (MP4 or WebM)',
  document: 'a PDF',
};

/** Of a workspace, whatever its quota. */
export const MAX_FILES = 5_000;

/** A file that nothing has used for so long is deleted. */
export const UNUSED_DAYS = 30;

/** Longer than any upload takes from its first object to its row. */
export const OBJECT_GRACE_MINUTES = 60;

/** After this, a deletion that was interrupted is repeated. */
export const DELETION_RETRY_MINUTES = 10;

export const OBJECT_BATCH = 100;

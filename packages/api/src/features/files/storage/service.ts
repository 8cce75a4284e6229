import { randomBytes } from 'node:crypto';
import type { AppCtx } from '../../../core/context.ts';
import type { Examination, Focus, RenderedPicture } from '../../../core/files/examination.ts';
import type { Upload } from '../../../core/files/upload.ts';
import { AppError } from '../../../core/errors.ts';
import {
  OBJECT_BATCH,
  KIND_NAMES,
  type Kind,
  PICTURE_EXTENSIONS,
  type Purpose,
  PURPOSE_RULES,
  STORED_TYPES,
} from '../policy.ts';
import type { VariantRow } from '../queries.ts';
import { deleteWithheldCopy } from '../withholding/service.ts';
import * as queries from './queries.ts';

const HASH_LENGTH = 40;
const SUFFIX_BYTES = 4;
const MAX_SLUG_LENGTH = 60;

/** An examined upload, with its bytes in the store and no row yet. */
export type StoredUpload = {
  kind: Kind;
  width: number | null;
  height: number | null;
  variants: VariantRow[];
};

const describeBytes = (bytes: number): string => `${Math.ceil(bytes / 1_000_000)} MB`;

/** Throws `PAYLOAD_TOO_LARGE`. */
function requireSize({ size }: Upload, purpose: Purpose): void {
  const { maxBytes } = PURPOSE_RULES[purpose];
  if (size > maxBytes)
    throw new AppError(
      'PAYLOAD_TOO_LARGE',
      `The file has ${describeBytes(size)}. With the purpose ${purpose}, it can have ${describeBytes(maxBytes)} at most.`,
    );
}

const FOUND_NAMES: Record<string, string> = {
  'image/heic': 'a HEIC picture, which this server cannot read; export it as JPEG',
  'image/heif': 'a HEIF picture, which this server cannot read; export it as JPEG',
  'application/xml': 'XML or SVG, which is not accepted',
  'image/svg+xml': 'SVG, which is not accepted',
};

const createTypeError = (found: string | undefined, kinds: readonly Kind[]): AppError => {
  const wanted = kinds.map((kind) => KIND_NAMES[kind]).join(' or ');
  const is = found === undefined ? 'of no known type' : (FOUND_NAMES[found] ?? found);
  return new AppError('UNSUPPORTED_MEDIA_TYPE', `The content of the file is ${is}. Send ${wanted}.`);
};

/** The part of the name that is safe in a path and a header. */
function toSlug(name: string): string {
  const words = name
    .replace(/\.[^.]*$/, '')
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, ' ')
    .trim()
    .slice(0, MAX_SLUG_LENGTH)
    .trim();
  return words === '' ? 'file' : words.replaceAll(' ', '-');
}

type NewObject = {
  path: string;
  sha256: string;
  size: number;
  type: string;
  /** Of the key, after the hash. */
  ending: string;
  disposition: string;
};

/** The key has a random part, so that content which is just being deleted can be stored again beside itself. */
async function storeObject(ctx: AppCtx, object: NewObject): Promise<string> {
  const { path, sha256, size, ending, type, disposition } = object;
  const suffix = randomBytes(SUFFIX_BYTES).toString('hex');
  const key = await queries.claimObjectKey(ctx.db, {
    key: `${sha256.slice(0, HASH_LENGTH)}-${suffix}${ending}`,
    address: `${sha256}${ending}`,
    size,
  });
  await ctx.fileStore.put(key, path, { type, disposition });
  return key;
}

async function storePicture(ctx: AppCtx, picture: RenderedPicture): Promise<VariantRow> {
  const { type, width, height, size } = picture;
  const ending = `.${PICTURE_EXTENSIONS[type]}`;
  return {
    key: await storeObject(ctx, { ...picture, ending, disposition: 'inline' }),
    type,
    width,
    height,
    size,
  };
}

async function storeOther(ctx: AppCtx, upload: Upload, found: string | undefined): Promise<StoredUpload> {
  const { kind, type, extension } = STORED_TYPES[found ?? ''] ?? {};
  if (!kind || !type || !extension) throw createTypeError(found, []);
  const name = `${toSlug(upload.name)}.${extension}`;
  const { path, sha256, size } = upload;
  const disposition = `attachment; filename="${name}"`;
  const key = await storeObject(ctx, { path, sha256, size, type, ending: `/${name}`, disposition });
  return { kind, width: null, height: null, variants: [{ key, type, width: null, height: null, size }] };
}

/** Throws `UNSUPPORTED_MEDIA_TYPE`. */
function requireKind(examination: Examination, purpose: Purpose): void {
  const { kinds } = PURPOSE_RULES[purpose];
  const { kind, type } = examination;
  const found = kind === 'other' ? STORED_TYPES[type ?? '']?.kind : 'picture';
  if (found === undefined || !kinds.includes(found)) throw createTypeError(type, kinds);
  if (kind === 'refused') throw new AppError('UNSUPPORTED_MEDIA_TYPE', examination.reason);
}

/** Throws `PAYLOAD_TOO_LARGE`, `UNSUPPORTED_MEDIA_TYPE` and `UNAVAILABLE`. */
export async function examineAndStore(
  ctx: AppCtx,
  { upload, purpose, focus }: { upload: Upload; purpose: Purpose; focus: Focus | null },
): Promise<StoredUpload> {
  requireSize(upload, purpose);
  const { path, folder } = upload;
  const examination = await ctx.examiner.examine({ path, folder, focus, form: PURPOSE_RULES[purpose].form });
  requireKind(examination, purpose);
  if (examination.kind !== 'picture') return storeOther(ctx, upload, examination.type);
  const { width, height, pictures } = examination;
  const variants: VariantRow[] = [];
  for (const picture of pictures) variants.push(await storePicture(ctx, picture));
  return { kind: 'picture', width, height, variants };
}

/** Scheduled job: deletes the bytes that no file uses any more. */
export async function deleteUnusedObjects(ctx: AppCtx): Promise<void> {
  for (;;) {
    const keys = await queries.markUnusedObjects(ctx.db, OBJECT_BATCH);
    for (const key of keys) {
      await ctx.fileStore.delete(key);
      await deleteWithheldCopy(ctx, key);
      await queries.deleteObjectRow(ctx.db, key);
    }
    if (keys.length < OBJECT_BATCH) return;
  }
}

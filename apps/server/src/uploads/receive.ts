import { createHash, randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { MultipartFile } from '@fastify/multipart';
import { AppError, createValidationError, MAX_UPLOAD_BYTES, PURPOSE_RULES, Upload } from '@linkgrove/api';
import type { FastifyRequest } from 'fastify';

const FILE_PART = 'file';
const LIMITS = { fieldNameSize: 100, fieldSize: 4_000, fields: 10, files: 1, headerPairs: 50, parts: 11 };
const FORM_OVERHEAD_BYTES = 100_000;
const MAX_RECEIVING = 64;
const LEFT_BEHIND_MS = 60 * 60 * 1_000;

export type Form = { members: Record<string, unknown>; discard: () => Promise<void> };

const createTooLargeError = (bytes = MAX_UPLOAD_BYTES): AppError =>
  new AppError('PAYLOAD_TOO_LARGE', `The file is larger than ${bytes / 1_000_000} MB`);
const createPartError = (path: string, message: string, code: string): AppError =>
  createValidationError({ path, message, code });

const FROM_PARSER: Record<string, () => AppError> = {
  FST_REQ_FILE_TOO_LARGE: createTooLargeError,
  FST_FILES_LIMIT: () => createPartError(FILE_PART, 'Send one file', 'too_big'),
  FST_FIELDS_LIMIT: () => createPartError('', 'The form has too many parts', 'too_big'),
  FST_PARTS_LIMIT: () => createPartError('', 'The form has too many parts', 'too_big'),
};

/** Replaces the parser's messages about broken or incomplete forms, which help nobody. */
function toFormError(thrown: unknown): unknown {
  if (thrown instanceof AppError) return thrown;
  const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : '';
  if (code === 'ENOSPC')
    return new AppError('UNAVAILABLE', 'The server has no room for uploads. Try again later.', {
      cause: thrown,
    });
  if (/^E[A-Z]+$/.test(code) && code !== 'ECONNRESET') return thrown;
  return (
    FROM_PARSER[code]?.() ??
    new AppError('VALIDATION_FAILED', 'The form is incomplete or malformed', { cause: thrown })
  );
}

const isPurpose = (text: unknown): text is keyof typeof PURPOSE_RULES =>
  typeof text === 'string' && Object.hasOwn(PURPOSE_RULES, text);

/** The limit is exact if the purpose comes before the file. */
const findMaxBytes = (purpose: unknown): number =>
  isPurpose(purpose) ? PURPOSE_RULES[purpose].maxBytes : MAX_UPLOAD_BYTES;

async function receiveFile(part: MultipartFile, folder: string, maxBytes: number): Promise<Upload> {
  const path = join(folder, 'upload');
  const hash = createHash('sha256');
  let size = 0;
  await pipeline(
    part.file,
    async function* (chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) {
        size += chunk.length;
        if (size > maxBytes) throw createTooLargeError(maxBytes);
        hash.update(chunk);
        yield chunk;
      }
    },
    createWriteStream(path, { flags: 'wx', mode: 0o600 }),
  );
  if (part.file.truncated) throw createTooLargeError(maxBytes);
  if (size === 0) throw createPartError(FILE_PART, 'The file is empty', 'too_small');
  return new Upload({ folder, path, name: part.filename, size, sha256: hash.digest('hex') });
}

async function receiveParts(request: FastifyRequest, folder: string): Promise<Record<string, unknown>> {
  const members = new Map<string, unknown>();
  const limits = { ...LIMITS, fileSize: MAX_UPLOAD_BYTES + 1 };
  for await (const part of request.parts({ limits })) {
    const { fieldname } = part;
    if (members.has(fieldname)) throw createPartError(fieldname, 'Send this part once', 'duplicate');
    if (part.type === 'file') {
      if (fieldname !== FILE_PART)
        throw createPartError(fieldname, 'Only the part "file" can be a file', 'unknown_member');
      members.set(fieldname, await receiveFile(part, folder, findMaxBytes(members.get('purpose'))));
    } else if (part.value !== '') {
      members.set(fieldname, part.value);
    }
  }
  return Object.fromEntries(members);
}

/** A server that was killed left them behind. */
async function deleteOldFolders(root: string): Promise<void> {
  for (const name of await readdir(root).catch(() => [])) {
    const folder = join(root, name);
    const found = await stat(folder).catch(() => undefined);
    if (found && found.mtimeMs < Date.now() - LEFT_BEHIND_MS)
      await rm(folder, { recursive: true, force: true });
  }
}

/** Whatever the client still sends is read and forgotten, so that it also reads the answer. */
function drain({ raw }: FastifyRequest): void {
  raw.unpipe();
  raw.resume();
}

export type FormReceiver = (request: FastifyRequest) => Promise<Form>;

/**
 * Writes the file of a form into a folder of its own under `root`. Throws `UNSUPPORTED_MEDIA_TYPE`,
 * `PAYLOAD_TOO_LARGE`, `VALIDATION_FAILED` and `UNAVAILABLE`.
 */
export function createFormReceiver(root: string): FormReceiver {
  let receiving = 0;
  let cleaned: Promise<void> | undefined;
  const receive = async (request: FastifyRequest): Promise<Form> => {
    await (cleaned ??= deleteOldFolders(root));
    const folder = join(root, randomUUID());
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const discard = () => rm(folder, { recursive: true, force: true });
    try {
      return { members: await receiveParts(request, folder), discard };
    } catch (error) {
      drain(request);
      await discard();
      throw toFormError(error);
    }
  };
  return async (request) => {
    if (!request.isMultipart())
      throw new AppError('UNSUPPORTED_MEDIA_TYPE', 'Send a form, with the content type multipart/form-data');
    const length = Number(request.headers['content-length'] ?? 0);
    if (length > MAX_UPLOAD_BYTES + FORM_OVERHEAD_BYTES) throw createTooLargeError();
    if (receiving >= MAX_RECEIVING)
      throw new AppError('UNAVAILABLE', 'Too many uploads right now. Try again shortly.', {
        retryAfterSeconds: 10,
      });
    receiving += 1;
    try {
      return await receive(request);
    } finally {
      receiving -= 1;
    }
  };
}

import { openAsBlob } from 'node:fs';
import { Readable } from 'node:stream';
import { AwsClient } from 'aws4fetch';
import { AppError } from '../errors.ts';
import { type ByteRange, type FileStore, OBJECT_CACHE_CONTROL } from './store.ts';

export type S3Settings = {
  endpoint: string;
  bucket: string;
  region: string;
  accessKeyId: string;
  secretAccessKey: string;
};

const TIMEOUT_MS = 60_000;
const RETRIES = 2;

const createAwayError = (cause: unknown) =>
  new AppError('UNAVAILABLE', 'The store of files does not answer. Try again shortly.', {
    cause,
    retryAfterSeconds: 10,
  });

/** Any server that speaks the S3 protocol, by addresses like `endpoint/bucket/key`. */
export function createS3Store({ endpoint, bucket, ...credentials }: S3Settings): FileStore {
  const client = new AwsClient({ ...credentials, service: 's3', retries: RETRIES });
  const send = (method: string, key: string, init: RequestInit = {}): Promise<Response> =>
    client
      .fetch(`${endpoint}/${bucket}/${key}`, { method, ...init, signal: AbortSignal.timeout(TIMEOUT_MS) })
      .catch((error: unknown) => {
        throw createAwayError(error);
      });
  const requireSuccess = async (response: Response, action: string): Promise<Response> => {
    if (response.ok) return response;
    await response.body?.cancel();
    throw createAwayError(new Error(`The S3 store refused to ${action} an object: ${response.status}`));
  };
  const open = async (key: string, range?: ByteRange): Promise<Readable> => {
    const headers: Record<string, string> = range ? { range: `bytes=${range.start}-${range.end}` } : {};
    const { body } = await requireSuccess(await send('GET', key, { headers }), 'read');
    return body ? Readable.fromWeb(body) : Readable.from([]);
  };
  const deleteObject = async (key: string): Promise<void> => {
    const response = await send('DELETE', key);
    if (response.status !== 404) await requireSuccess(response, 'delete');
    await response.body?.cancel();
  };
  /** False if there is none. */
  const copyObject = async (from: string, to: string): Promise<boolean> => {
    const response = await send('PUT', to, { headers: { 'x-amz-copy-source': `/${bucket}/${from}` } });
    const answer = await response.text();
    if (response.status === 404) return false;
    // A copy that fails late is answered with 200 and an error.
    if (response.ok && !answer.includes('<Error>')) return true;
    throw createAwayError(new Error(`The S3 store refused to copy an object: ${response.status}`));
  };
  return {
    put: async (key, path, { type, disposition }) => {
      const headers = {
        'content-type': type,
        'content-disposition': disposition,
        'cache-control': OBJECT_CACHE_CONTROL,
      };
      const response = await send('PUT', key, { body: await openAsBlob(path), headers });
      await (await requireSuccess(response, 'store')).body?.cancel();
    },
    find: async (key) => {
      const response = await send('HEAD', key);
      if (response.status === 404) return undefined;
      const { headers } = await requireSuccess(response, 'find');
      return { size: Number(headers.get('content-length') ?? 0), open: (range) => open(key, range) };
    },
    copy: async (from, to) => void (await copyObject(from, to)),
    move: async (from, to) => {
      if (await copyObject(from, to)) await deleteObject(from);
    },
    delete: deleteObject,
  };
}

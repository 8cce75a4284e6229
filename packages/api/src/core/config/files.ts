import { z } from 'zod';
import type { S3Settings } from '../files/s3-store.ts';

const UNIT_BYTES: Record<string, number> = { MB: 1_000_000, GB: 1_000_000_000, TB: 1_000_000_000_000 };

function parseBytes(text: string): number | undefined {
  const [, count, unit = ''] = /^([1-9]\d{0,5})([MGT]B)$/.exec(text) ?? [];
  const unitBytes = UNIT_BYTES[unit];
  return count && unitBytes ? Number(count) * unitBytes : undefined;
}

const byteCount = z.string().transform((text, ctx): number => {
  const parsed = parseBytes(text);
  if (parsed !== undefined) return parsed;
  ctx.addIssue({ code: 'custom', message: 'must be a size, such as 500MB or 2GB' });
  return z.NEVER;
});
const bucket = z
  .string()
  .regex(/^[a-zA-Z0-9][\w.-]{1,253}$/, { error: 'must be the name of a bucket' })
  .optional();

export const buildFileVariables = <Url extends z.ZodType<string>>(webUrl: Url) => ({
  FILES_URL: webUrl.optional(),
  FILES_QUOTA: byteCount.prefault('500MB'),
  S3_ENDPOINT: webUrl.optional(),
  S3_BUCKET: bucket,
  S3_REGION: z.string().default('us-east-1'),
  S3_ACCESS_KEY_ID: z.string().optional(),
  S3_SECRET_ACCESS_KEY: z.string().optional(),
});

type Store = {
  S3_ENDPOINT?: string | undefined;
  S3_BUCKET?: string | undefined;
  S3_REGION: string;
  S3_ACCESS_KEY_ID?: string | undefined;
  S3_SECRET_ACCESS_KEY?: string | undefined;
};
type FileVariables = Store & { FILES_URL?: string | undefined; FILES_QUOTA: number };

const NEEDED = ['S3_ENDPOINT', 'S3_BUCKET', 'S3_ACCESS_KEY_ID', 'S3_SECRET_ACCESS_KEY'] as const;

/** Half a store would mean that files go into the folder unnoticed. */
export function listIncompleteStore(vars: Store): string[] {
  const missing = NEEDED.filter((name) => vars[name] === undefined);
  if (missing.length === 0 || missing.length === NEEDED.length) return [];
  return missing.map((name) => `${name} is required with the other S3 settings`);
}

function toS3Settings(vars: Store): S3Settings | undefined {
  const { S3_ENDPOINT, S3_BUCKET, S3_ACCESS_KEY_ID, S3_SECRET_ACCESS_KEY } = vars;
  if (!S3_ENDPOINT || !S3_BUCKET || !S3_ACCESS_KEY_ID || !S3_SECRET_ACCESS_KEY) return undefined;
  return {
    endpoint: S3_ENDPOINT,
    bucket: S3_BUCKET,
    region: vars.S3_REGION,
    accessKeyId: S3_ACCESS_KEY_ID,
    secretAccessKey: S3_SECRET_ACCESS_KEY,
  };
}

export const toFileConfig = (vars: FileVariables, publicUrl: string) => ({
  url: vars.FILES_URL ?? `${publicUrl}/files`,
  quotaBytes: vars.FILES_QUOTA,
  s3: toS3Settings(vars),
});

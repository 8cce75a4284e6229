import { z } from 'zod';
import { createListOutputSchema, paginationInput } from '../../core/http/pagination.ts';
import { singleLineSchema, timestamp } from '../../core/text/validation.ts';
import { isBlockableHost, MAX_HOST_LENGTH, toAsciiHost } from './policy.ts';

const MAX_REASON_LENGTH = 1_000;

const hostName = z
  .string()
  .trim()
  .max(MAX_HOST_LENGTH, { error: `Use at most ${MAX_HOST_LENGTH} characters`, abort: true })
  .overwrite((text) => toAsciiHost(text) ?? text)
  .refine((text) => toAsciiHost(text) === text && isBlockableHost(text), {
    error: 'Enter a host such as example.com, without a scheme, port or path',
  })
  .meta({ example: 'example.com' });

const level = z
  .enum(['blocked', 'suspicious'])
  .meta({ id: 'HostLevel' })
  .describe('`blocked`: no link may lead there; `suspicious`: visitors are asked first');

export const blockHostInput = z
  .strictObject({
    host: hostName.describe('Covers its subdomains; kept in its ASCII form'),
    level: level.default('blocked'),
    reason: singleLineSchema(1, MAX_REASON_LENGTH).optional().describe('For other administrators'),
  })
  .meta({ id: 'BlockHostInput' });

export const blockedHostOutput = z
  .object({
    id: z.uuid(),
    host: z.string(),
    level,
    reason: z.string().nullable(),
    createdAt: timestamp,
  })
  .meta({ id: 'BlockedHost' });
export type BlockedHost = z.infer<typeof blockedHostOutput>;
export const blockedHostListOutput = createListOutputSchema(blockedHostOutput);

export const listBlockedHostsInput = z
  .strictObject({ ...paginationInput, level: level.optional() })
  .prefault({});
export const unblockHostInput = z.strictObject({ host: hostName });

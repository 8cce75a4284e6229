import type { WebhookEvent } from './webhook-events.ts';

/** The request is not from the API, too old, or damaged. Answer it with 400. */
export class WebhookVerificationError extends Error {
  override name = 'WebhookVerificationError';
}

export type WebhookHeaders = Headers | Record<string, string | string[] | undefined>;

export type VerifyWebhookOptions = {
  /** The body as it arrived, before it is parsed. */
  body: string | Uint8Array<ArrayBuffer>;
  headers: WebhookHeaders;
  /** `whsec_…`, or several during a rotation. */
  secret: string | readonly string[];
  /** How much the clocks may differ, and how old a request may be. Default: 300. */
  toleranceSeconds?: number;
};

/** `id` is the same at every attempt and replay of an event: handle each once. */
export type VerifiedWebhook = WebhookEvent & { id: string };

const PREFIX = 'whsec_';
const DEFAULT_TOLERANCE_SECONDS = 300;
const encoder = new TextEncoder();

function readHeader(headers: WebhookHeaders, name: string): string {
  const value = headers instanceof Headers ? headers.get(name) : headers[name];
  if (typeof value === 'string' && value !== '') return value;
  throw new WebhookVerificationError(`The header ${name} is missing`);
}

function decodeBase64(text: string): Uint8Array<ArrayBuffer> {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch (cause) {
    throw new WebhookVerificationError('The secret or a signature is not Base64', { cause });
  }
}

function importSecret(secret: string) {
  const key = decodeBase64(secret.startsWith(PREFIX) ? secret.slice(PREFIX.length) : secret);
  return crypto.subtle.importKey('raw', key, { name: 'HMAC', hash: 'SHA-256' }, false, ['verify']);
}

type HmacKey = Awaited<ReturnType<typeof importSecret>>;

function requireRecent(timestamp: string, toleranceSeconds: number): void {
  const age = Math.abs(Date.now() / 1_000 - Number(timestamp));
  if (!/^\d{1,12}$/.test(timestamp) || age > toleranceSeconds)
    throw new WebhookVerificationError('The request is too old, or the clocks differ');
}

async function isSignedBy(
  keys: HmacKey[],
  signatures: string[],
  content: Uint8Array<ArrayBuffer>,
): Promise<boolean> {
  for (const signature of signatures) {
    for (const key of keys)
      if (await crypto.subtle.verify('HMAC', key, decodeBase64(signature), content)) return true;
  }
  return false;
}

/**
 * Verifies a request of a webhook (Standard Webhooks 1.0) and returns its event. Uses WebCrypto only, so it runs in
 * Node, edge workers and Deno. Throws `WebhookVerificationError`.
 */
export async function verifyWebhook(options: VerifyWebhookOptions): Promise<VerifiedWebhook> {
  const { body, headers, secret, toleranceSeconds = DEFAULT_TOLERANCE_SECONDS } = options;
  const id = readHeader(headers, 'webhook-id');
  const timestamp = readHeader(headers, 'webhook-timestamp');
  requireRecent(timestamp, toleranceSeconds);
  const signatures = readHeader(headers, 'webhook-signature')
    .split(' ')
    .flatMap((one) => (one.startsWith('v1,') ? [one.slice('v1,'.length)] : []));
  const start = encoder.encode(`${id}.${timestamp}.`);
  const bytes = typeof body === 'string' ? encoder.encode(body) : body;
  const content = new Uint8Array(start.length + bytes.length);
  content.set(start);
  content.set(bytes, start.length);
  const keys = await Promise.all([secret].flat().map(importSecret));
  if (!(await isSignedBy(keys, signatures, content)))
    throw new WebhookVerificationError('The signature is wrong');
  const event: WebhookEvent = JSON.parse(new TextDecoder().decode(bytes));
  return { ...event, id };
}

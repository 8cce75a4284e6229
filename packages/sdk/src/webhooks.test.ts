import { createHmac, randomBytes } from 'node:crypto';
import type { WebhookEvent as ApiEvent } from '@linkgrove/api/testing';
import { describe, expect, expectTypeOf, it } from 'vitest';
import type { WebhookEvent } from './webhook-events.ts';
import { verifyWebhook, type VerifyWebhookOptions, WebhookVerificationError } from './webhooks.ts';

const newSecret = () => `whsec_${randomBytes(32).toString('base64')}`;
const SECRET = newSecret();
const BODY = '{"type":"member.left","timestamp":"2026-11-22T12:00:00.000Z","data":{"username":"zoë"}}';

const sign = (secret: string, id: string, at: number, body: string) =>
  `v1,${createHmac('sha256', Buffer.from(secret.slice(6), 'base64'))
    .update(`${id}.${at}.${body}`)
    .digest('base64')}`;

function request({ secret = SECRET, at = Math.floor(Date.now() / 1_000) } = {}) {
  const headers = {
    'webhook-id': 'msg-1',
    'webhook-timestamp': String(at),
    'webhook-signature': sign(secret, 'msg-1', at, BODY),
  };
  return { body: BODY, headers, secret: SECRET } satisfies VerifyWebhookOptions;
}
const isVerified = (options: VerifyWebhookOptions): Promise<boolean> =>
  verifyWebhook(options).then(
    () => true,
    (error: unknown) => {
      if (error instanceof WebhookVerificationError) return false;
      throw error;
    },
  );

it('the types of events are those of the API', () => {
  expectTypeOf<WebhookEvent['type']>().toEqualTypeOf<ApiEvent['type']>();
  expectTypeOf<WebhookEvent>().toExtend<ApiEvent>();
  expectTypeOf<ApiEvent>().toExtend<WebhookEvent>();
});

describe('verifyWebhook', () => {
  it('returns the event and its ID, from a text or bytes, with headers of any kind', async () => {
    const { body, headers, secret } = request();
    const event = { ...JSON.parse(BODY), id: 'msg-1' };
    expect(await verifyWebhook({ body, headers, secret })).toEqual(event);
    const bytes = new TextEncoder().encode(body);
    expect(await verifyWebhook({ body: bytes, headers: new Headers(headers), secret })).toEqual(event);
  });

  it('accepts one of several signatures, and one of several secrets', async () => {
    const one = request();
    const list = `v1a,AAAA ${sign(newSecret(), 'msg-1', 1, BODY)} ${one.headers['webhook-signature']}`;
    expect(await isVerified({ ...one, headers: { ...one.headers, 'webhook-signature': list } })).toBe(true);
    expect(await isVerified({ ...one, secret: [newSecret(), SECRET] })).toBe(true);
  });

  it('refuses a wrong secret, body, ID, version or time, and missing headers', async () => {
    const one = request();
    expect(await isVerified({ ...one, secret: newSecret() })).toBe(false);
    expect(await isVerified({ ...one, body: BODY.replace('zoë', 'zoe') })).toBe(false);
    expect(await isVerified({ ...one, headers: { ...one.headers, 'webhook-id': 'msg-2' } })).toBe(false);
    const v2 = one.headers['webhook-signature'].replace('v1,', 'v2,');
    expect(await isVerified({ ...one, headers: { ...one.headers, 'webhook-signature': v2 } })).toBe(false);
    expect(await isVerified({ ...one, headers: { ...one.headers, 'webhook-signature': 'v1,%' } })).toBe(
      false,
    );
    for (const name of Object.keys(one.headers))
      expect(await isVerified({ ...one, headers: { ...one.headers, [name]: undefined } })).toBe(false);
  });

  it('refuses a request that is more than five minutes old, or as far in the future', async () => {
    const now = Math.floor(Date.now() / 1_000);
    for (const at of [now - 301, now + 310]) expect(await isVerified(request({ at }))).toBe(false);
    expect(await isVerified({ ...request({ at: now - 400 }), toleranceSeconds: 500 })).toBe(true);
  });
});

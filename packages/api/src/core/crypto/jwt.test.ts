import { createHmac, createPrivateKey, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import fc from 'fast-check';
import { CompactEncrypt, createLocalJWKSet, generateKeyPair, jwtVerify, SignJWT } from 'jose';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { parseConfig } from '../config/config.ts';
import type { PrivateJwk } from '../config/signing-keys.ts';
import { ACCESS_TOKEN_SECONDS, type AccessTokens, createAccessTokens, generateSigningKey } from './jwt.ts';

const ISSUER = 'https://api.example.com';
const claims = { userId: 'user-1', sessionId: 'session-1' };

const newKey = (kid?: string): PrivateJwk => ({
  ...(generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' }) as PrivateJwk),
  ...(kid !== undefined && { kid }),
});

const key = newKey();
let tokens: AccessTokens;
let kid: string;

beforeAll(async () => {
  tokens = await createAccessTokens([key], ISSUER);
  kid = tokens.jwks.keys[0]?.kid ?? '';
});

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const decode = (part: string | undefined) =>
  JSON.parse(Buffer.from(part ?? '', 'base64url').toString()) as Record<string, unknown>;
const now = () => Math.floor(Date.now() / 1_000);

type Parts = { header?: object; payload?: object; with?: PrivateJwk };

/** A token made as ours are, but for what is given; `undefined` takes a member away. */
function forge({ header, payload, with: signer = key }: Parts = {}): string {
  const ours = { iss: ISSUER, aud: 'linkgrove', sub: 'user-1', sid: 'session-1', jti: 'jti-1' };
  const times = { iat: now(), exp: now() + 900 };
  const signed = [
    { alg: 'EdDSA', typ: 'at+jwt', kid, ...header },
    { ...ours, ...times, ...payload },
  ]
    .map(encode)
    .join('.');
  const privateKey = createPrivateKey({ key: signer, format: 'jwk' });
  return `${signed}.${sign(null, Buffer.from(signed), privateKey).toString('base64url')}`;
}

const amr = ['pwd'];

describe('an access token of our own', () => {
  it('verifies with its claims, at the first check and from the cache', async () => {
    const token = await tokens.sign({ ...claims, amr });
    const verdict = await tokens.verify(token);
    expect(verdict).toEqual({ ...claims, expiresAt: expect.any(Number) as number });
    expect(await tokens.verify(token)).toEqual(verdict);
  });

  it('has the header and the claims of the contract, and lives for 15 minutes', async () => {
    const [header, payload] = (await tokens.sign({ ...claims, amr }))
      .split('.')
      .map((part, index) => index < 2 && decode(part));
    expect(header).toEqual({ alg: 'EdDSA', typ: 'at+jwt', kid });
    expect(payload).toEqual({
      iss: ISSUER,
      aud: 'linkgrove',
      sub: 'user-1',
      sid: 'session-1',
      amr: ['pwd'],
      iat: expect.any(Number) as number,
      exp: expect.any(Number) as number,
      jti: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
    });
    const { iat, exp } = payload as { iat: number; exp: number };
    expect(exp - iat).toBe(900);
    expect(ACCESS_TOKEN_SECONDS).toBe(900);
  });

  it('is unique', async () => {
    const all = await Promise.all(Array.from({ length: 20 }, () => tokens.sign({ ...claims, amr })));
    expect(new Set(all).size).toBe(20);
  });

  it('verifies in another process of the same installation', async () => {
    const elsewhere = await createAccessTokens([key], ISSUER);
    expect(await elsewhere.verify(await tokens.sign({ ...claims, amr }))).toMatchObject(claims);
  });

  it('is what forge() makes without changes', async () => {
    expect(await tokens.verify(forge())).toMatchObject(claims);
  });
});

describe('a token is invalid', () => {
  it.each<[string, Parts]>([
    ['of another issuer', { payload: { iss: 'https://evil.example.com' } }],
    ['of an issuer that begins as ours does', { payload: { iss: `${ISSUER}.evil.example` } }],
    ['of several issuers', { payload: { iss: [ISSUER] } }],
    ['of no issuer', { payload: { iss: undefined } }],
    ['for another audience', { payload: { aud: 'another' } }],
    ['for no audience', { payload: { aud: undefined } }],
    ['of another type', { header: { typ: 'JWT' } }],
    ['of no type', { header: { typ: undefined } }],
    ['of nobody', { payload: { sub: undefined } }],
    ['of a number instead of a user', { payload: { sub: 1 } }],
    ['without a session', { payload: { sid: undefined } }],
    ['with a number for a session', { payload: { sid: 1 } }],
    ['with null for a session', { payload: { sid: null } }],
    ['with a list for a session', { payload: { sid: ['session-1'] } }],
    ['without an id', { payload: { jti: undefined } }],
    ['without the time it was made', { payload: { iat: undefined } }],
    ['that never expires', { payload: { exp: undefined } }],
    ['that expires on a word', { payload: { exp: 'never' } }],
    ['that is not good yet', { payload: { nbf: now() + 600 } }],
    ['of a key that nobody knows', { header: { kid: 'unknown' } }],
    ['of a key named by a path', { header: { kid: '../../dev/null' } }],
    ['of our key by name only', { with: newKey() }],
    ['of an algorithm by another name', { header: { alg: 'HS256' } }],
    ['of no algorithm', { header: { alg: undefined } }],
    ['with an extension that must be understood', { header: { crit: ['x'], x: 1 } }],
    ['with claims that are not encoded', { header: { crit: ['b64'], b64: false } }],
  ])('%s', async (_, parts) => {
    expect(await tokens.verify(forge(parts))).toBe('invalid');
  });

  it('without a signature, whatever its algorithm', async () => {
    const [, payload] = forge().split('.');
    for (const alg of ['none', 'None', 'NONE', 'nOnE', '', null]) {
      const header = encode({ alg, typ: 'at+jwt', kid });
      for (const token of [`${header}.${payload}.`, `${header}.${payload}`, `${header}.${payload}.AA`]) {
        expect(await tokens.verify(token)).toBe('invalid');
      }
    }
  });

  it('signed with the public key as an HMAC secret', async () => {
    const [published] = tokens.jwks.keys;
    const spellings = [
      published?.x ?? '',
      JSON.stringify(published),
      Buffer.from(published?.x ?? '', 'base64url'),
    ];
    const [, payload] = forge().split('.');
    for (const alg of ['HS256', 'HS384', 'HS512']) {
      for (const secret of spellings) {
        const signed = `${encode({ alg, typ: 'at+jwt', kid })}.${payload}`;
        const hash = alg.replace('HS', 'sha');
        const token = `${signed}.${createHmac(hash, secret).update(signed).digest('base64url')}`;
        expect(await tokens.verify(token)).toBe('invalid');
      }
    }
  });

  it('signed with a key from its own header', async () => {
    const own = newKey();
    const { d: _, ...jwk } = own;
    expect(await tokens.verify(forge({ with: own, header: { jwk } }))).toBe('invalid');
    expect(await tokens.verify(forge({ with: own, header: { jwk, kid: undefined } }))).toBe('invalid');
    const jku = 'https://evil.example.com/jwks.json';
    expect(await tokens.verify(forge({ with: own, header: { jku, x5u: jku } }))).toBe('invalid');
  });

  it('signed with another algorithm', async () => {
    const { privateKey } = await generateKeyPair('ES256');
    const token = await new SignJWT(decode(forge().split('.')[1]))
      .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid })
      .sign(privateKey);
    expect(await tokens.verify(token)).toBe('invalid');
  });

  it('encrypted, in five parts', async () => {
    const { publicKey } = await generateKeyPair('ECDH-ES');
    const encrypted = await new CompactEncrypt(Buffer.from(forge()))
      .setProtectedHeader({ alg: 'ECDH-ES', enc: 'A256GCM', typ: 'at+jwt', kid })
      .encrypt(publicKey);
    expect(encrypted.split('.')).toHaveLength(5);
    expect(await tokens.verify(encrypted)).toBe('invalid');
    expect(await tokens.verify(`${forge()}.AA.AA`)).toBe('invalid');
  });

  it('with any bit of its header, claims or signature flipped', async () => {
    const parts = forge()
      .split('.')
      .map((part) => Buffer.from(part, 'base64url'));
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 2 }), fc.nat(), async (index, at) => {
        const flipped = parts.map((part) => Buffer.from(part));
        const part = flipped[index] as Buffer;
        const bit = at % (part.length * 8);
        part.writeUInt8(part.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
        const token = flipped.map((one) => one.toString('base64url')).join('.');
        expect(await tokens.verify(token)).toBe('invalid');
      }),
      { numRuns: 300 },
    );
  });

  it('with the claims of one and the signature of another', async () => {
    const [header, payload] = forge({ payload: { sub: 'eve' } }).split('.');
    const [, , signature] = forge().split('.');
    expect(await tokens.verify(`${header}.${payload}.${signature}`)).toBe('invalid');
  });

  it('that is any other text', async () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(fc.base64String(), { maxLength: 6 }).map((parts) => parts.join('.')),
      fc.constantFrom('', '.', '..', '....', 'Bearer x', '\0', '\ud800', 'a'.repeat(100_000)),
    );
    await fc.assert(
      fc.asyncProperty(text, async (token) => {
        expect(await tokens.verify(token)).toBe('invalid');
      }),
    );
  });
});

describe('a token that has expired', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it('is reported as expired, not invalid, so that a client knows to refresh', async () => {
    expect(await tokens.verify(forge({ payload: { exp: now() - 60 } }))).toBe('expired');
    expect(await tokens.verify(forge({ payload: { exp: 0 } }))).toBe('expired');
    expect(await tokens.verify(forge({ payload: { exp: now() - 60 }, with: newKey() }))).toBe('invalid');
  });

  it('is rejected although it was cached as valid', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const token = await tokens.sign({ ...claims, amr });
    expect(await tokens.verify(token)).toMatchObject(claims);
    vi.setSystemTime(Date.now() + (ACCESS_TOKEN_SECONDS - 1) * 1_000);
    expect(await tokens.verify(token)).toMatchObject(claims);
    vi.setSystemTime(Date.now() + 10_000);
    expect(await tokens.verify(token)).toBe('expired');
  });

  it('has expiresAt in milliseconds, with five seconds of clock tolerance', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: 1_800_000_000_000 });
    expect(await tokens.verify(await tokens.sign({ ...claims, amr }))).toEqual({
      ...claims,
      expiresAt: 1_800_000_905_000,
    });
  });

  it('is valid for five more seconds, at the first check and from the cache', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: 1_800_000_000_000 });
    const token = await tokens.sign({ ...claims, amr });
    const end = 1_800_000_905_000;
    const elsewhere = () => createAccessTokens([key], ISSUER);
    expect(await tokens.verify(token)).toEqual({ ...claims, expiresAt: end });
    for (const time of [end - 5_000, end - 1]) {
      vi.setSystemTime(time);
      expect(await tokens.verify(token)).toEqual({ ...claims, expiresAt: end });
      expect(await (await elsewhere()).verify(token)).toEqual({ ...claims, expiresAt: end });
    }
    for (const time of [end, end + 1, end + 3_600_000]) {
      vi.setSystemTime(time);
      expect(await tokens.verify(token)).toBe('expired');
      expect(await (await elsewhere()).verify(token)).toBe('expired');
    }
  });
});

describe('several keys', () => {
  it('sign with the first one and verify with each', async () => {
    const [next, former] = [newKey('next'), newKey('former')];
    const before = await createAccessTokens([former], ISSUER);
    const during = await createAccessTokens([next, former], ISSUER);
    const after = await createAccessTokens([next], ISSUER);
    const [old, fresh] = [await before.sign({ ...claims, amr }), await during.sign({ ...claims, amr })];
    expect(decode(fresh.split('.')[0])).toMatchObject({ kid: 'next' });
    expect(await during.verify(old)).toMatchObject(claims);
    expect(await during.verify(fresh)).toMatchObject(claims);
    expect(await after.verify(fresh)).toMatchObject(claims);
    expect(await after.verify(old)).toBe('invalid');
  });

  it('have distinct key ids, even if none was given', async () => {
    const { jwks } = await createAccessTokens([newKey(), newKey(), newKey('mine')], ISSUER);
    const names = jwks.keys.map((one) => one.kid);
    expect(new Set(names).size).toBe(3);
    expect(names[2]).toBe('mine');
    expect(names[0]).toMatch(/^[\w-]{43}$/);
  });

  it('keep their key ids across restarts', async () => {
    const again = await createAccessTokens([key], ISSUER);
    expect(again.jwks).toEqual(tokens.jwks);
  });
});

describe('a new signing key', () => {
  it('is a valid setting, and signs under its own key id', async () => {
    const [first, second] = [await generateSigningKey(), await generateSigningKey()];
    const { jwtPrivateKeys } = parseConfig({
      JWT_PRIVATE_KEYS: JSON.stringify([first, second]),
      PASSWORD_PEPPER: randomBytes(32).toString('base64'),
    });
    const rotated = await createAccessTokens(jwtPrivateKeys, ISSUER);
    expect(rotated.jwks.keys.map((one) => one.kid)).toEqual([first.kid, second.kid]);
    const token = await rotated.sign({ ...claims, amr });
    expect(decode(token.split('.')[0])).toMatchObject({ kid: first.kid });
    expect(await rotated.verify(token)).toMatchObject(claims);
  });

  it('is unique', async () => {
    const keys = await Promise.all(Array.from({ length: 10 }, generateSigningKey));
    expect(new Set(keys.map((one) => one.d)).size).toBe(10);
    expect(new Set(keys.map((one) => one.kid)).size).toBe(10);
  });
});

describe('the published keys', () => {
  it('hold no private member', async () => {
    const { jwks } = await createAccessTokens([key, newKey()], ISSUER);
    for (const published of jwks.keys) {
      expect(Object.keys(published).toSorted()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x']);
    }
    expect(JSON.stringify(jwks)).not.toContain(key.d);
  });

  it('let anyone verify a token', async () => {
    const { payload } = await jwtVerify(
      await tokens.sign({ ...claims, amr }),
      createLocalJWKSet(tokens.jwks),
    );
    expect(payload.sub).toBe('user-1');
  });

  it('cannot be empty', async () => {
    await expect(createAccessTokens([], ISSUER)).rejects.toThrow('signing key');
  });
});

import { decodeProtectedHeader, exportPKCS8, generateKeyPair, jwtVerify } from 'jose';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { signAppleSecret } from './apple-secret.ts';
import { readDiscordClaims, readGithubClaims, readOidcClaims } from './claims.ts';

const ISSUER = 'https://id.example.com';
const token = { iss: ISSUER, sub: '7', email: 'ada@example.com' };

describe('the claims of a provider', () => {
  it.each([true, 'true'])('verify an address with email_verified %j', (email_verified) => {
    expect(readOidcClaims({ ...token, email_verified })).toMatchObject({ emailVerified: true });
  });

  it.each([undefined, false, 'false', '', 0, 'yes', null, {}, [true]])(
    'verify no address with email_verified %j',
    (email_verified) => {
      expect(readOidcClaims({ ...token, email_verified })).toMatchObject({ emailVerified: false });
    },
  );

  it('verify an address of Microsoft only if its domain is the tenant’s', () => {
    const read = (more: object) => readOidcClaims({ ...token, ...more }, 'xms_edov').emailVerified;
    expect([read({ email_verified: true }), read({ xms_edov: true }), read({ xms_edov: '1' })]).toEqual([
      false,
      true,
      true,
    ]);
  });

  it('verify nothing if there is no address, however they are written', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (email) => {
        const claims = readOidcClaims({ ...token, email, email_verified: true });
        expect(claims.emailVerified).toBe(claims.email !== null);
        if (claims.email !== null) expect(claims.email).toMatch(/^[!-~]+@[!-~]+$/);
      }),
    );
  });

  it('propose names from usernames and the address', () => {
    expect(
      readOidcClaims({ ...token, preferred_username: 'ada@work.example', nickname: 'Ada L' }).names,
    ).toEqual(['ada', 'Ada L', 'ada']);
  });

  it('need a subject and an issuer', () => {
    for (const wrong of [
      undefined,
      {},
      { ...token, sub: '' },
      { ...token, sub: 7 },
      { ...token, iss: undefined },
    ])
      expect(() => readOidcClaims(wrong)).toThrow(/iss|sub|object/);
  });

  it('of GitHub come from its list of addresses, of which the primary one counts', () => {
    const emails = [
      { email: 'old@example.com', primary: false, verified: true },
      { email: 'ada@example.com', primary: true, verified: false },
    ];
    const user = { id: 5, login: 'ada', email: 'shown@example.com' };
    expect(readGithubClaims(ISSUER, user, emails)).toMatchObject({
      subject: '5',
      email: 'ada@example.com',
      emailVerified: false,
    });
    expect(readGithubClaims(ISSUER, user, [])).toMatchObject({ email: null, emailVerified: false });
    expect(() => readGithubClaims(ISSUER, { login: 'ada' }, [])).toThrow(/id/);
  });

  it('of Discord are verified only if it says so', () => {
    const user = { id: '80', username: 'ada', email: 'ada@example.com' };
    expect(readDiscordClaims(ISSUER, user).emailVerified).toBe(false);
    expect(readDiscordClaims(ISSUER, { ...user, verified: true })).toMatchObject({
      subject: '80',
      emailVerified: true,
    });
    expect(readDiscordClaims(ISSUER, { ...user, email: null, verified: true }).emailVerified).toBe(false);
  });
});

it('the client secret of Apple is a token of the client, signed with its key', async () => {
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
  const pem = (await exportPKCS8(privateKey)).replaceAll('\n', String.raw`\n`);
  const secret = await signAppleSecret({ teamId: 'TEAM', keyId: 'KEY', privateKey: pem }, 'com.example.app');
  expect(decodeProtectedHeader(secret)).toEqual({ alg: 'ES256', kid: 'KEY' });
  const { payload } = await jwtVerify(secret, publicKey, {
    issuer: 'TEAM',
    audience: 'https://appleid.apple.com',
  });
  expect(payload.sub).toBe('com.example.app');
});

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { testEnv } from '@linkgrove/api/testing';
import { describe, expect, it } from 'vitest';
import { type SignedUp, startInstance, useTestServer } from './kit/index.ts';

const server = useTestServer();

const root = new URL('../../..', import.meta.url).pathname;
const run = (script: string, args: string[], env: Record<string, string | undefined>) =>
  promisify(execFile)(process.execPath, [`packages/api/src/bin/${script}.ts`, ...args], {
    cwd: root,
    env: { PATH: process.env['PATH'], ...env },
  });

describe('the promote command', () => {
  const promote = (...args: string[]) => run('promote', args, { DATABASE_URL: server.databaseUrl });
  const roleOf = async ({ token }: SignedUp) => {
    server.app.cache('users').invalidate((await server.call('GET', '/api/me', { token })).body.id);
    return (await server.call('GET', '/api/me', { token })).body.role;
  };

  it('makes a user an administrator and demotes them again, but keeps the last administrator', async () => {
    const [ada, bob] = [await server.signUp(), await server.signUp()];
    expect((await promote(ada.username)).stdout).toContain('is now an administrator');
    expect(await roleOf(ada)).toBe('admin');
    await expect(promote(ada.email, '--demote')).rejects.toMatchObject({
      code: 1,
      stderr: "The last administrator can't be demoted\n",
    });
    await promote(bob.user.id);
    await promote(ada.email, '--demote');
    expect(await roleOf(ada)).toBe('user');
  });

  it('explains what is wrong', async () => {
    await expect(promote('nobody-here')).rejects.toMatchObject({
      code: 1,
      stderr: 'User nobody-here not found\n',
    });
    await expect(promote()).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining('Usage') });
  });
});

it('the new-key command adds a key that signs from now on and signs nobody out', async () => {
  const before = testEnv()['JWT_PRIVATE_KEYS'];
  const { stdout, stderr } = await run('new-key', [], { JWT_PRIVATE_KEYS: before });
  const rotated = await startInstance(server.databaseUrl, { JWT_PRIVATE_KEYS: stdout.trim() });
  const { accessTokens } = rotated.app;
  const ada = await server.signUp();
  expect((await rotated.call('GET', '/api/me', { token: ada.token })).status).toBe(200);
  const { body } = await rotated.call('POST', '/api/refresh', { cookie: ada.cookie });
  const keyOf = (token: string) =>
    JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()).kid;
  expect(keyOf(body.accessToken)).toBe(accessTokens.jwks.keys[0]?.kid);
  expect(keyOf(body.accessToken)).not.toBe(keyOf(ada.token));
  expect(accessTokens.jwks.keys).toHaveLength(2);
  // An instance without the new key rejects it, which is why `[old, new]` is deployed first.
  expect(stderr.replaceAll('\n', ' ')).toMatch(
    /1\. .* new one last.* 2\. .* new one is first .* 3\. after 15 minutes/,
  );
  expect((await server.call('GET', '/api/me', { token: body.accessToken })).status).toBe(401);
  await rotated.close();
});

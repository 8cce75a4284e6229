import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { testEnv } from '@linkgrove/api/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  codeOf,
  enrol,
  type Enrolled,
  type Instance,
  PASSWORD,
  readPasswordHash,
  signInWithFactor,
  startInstance,
  startTestServer,
  type TestServer,
} from './kit/index.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const [OLD, NEW] = [randomBytes(32).toString('base64'), randomBytes(32).toString('base64')];

let server: TestServer;
let rotating: Instance;
let ada: Enrolled;
beforeAll(async () => {
  server = await startTestServer({ env: { PASSWORD_PEPPER: OLD } });
  ada = await enrol(server, await server.signUp());
  await server.signUp();
  rotating = await startInstance(server.databaseUrl, { PASSWORD_PEPPER: `${NEW},${OLD}` });
});
afterAll(async () => {
  await rotating.close();
  await server.close();
});

async function runPepper(pepper: string, ...flags: string[]): Promise<string> {
  const env = {
    PATH: process.env['PATH'],
    ...testEnv({ PASSWORD_PEPPER: pepper, DATABASE_URL: server.databaseUrl }),
  };
  const command = ['scripts/run-command.mjs', 'pepper', ...flags];
  return (await promisify(execFile)(process.execPath, command, { cwd: ROOT, env })).stdout;
}

it('a new pepper in front changes nothing for users, and a sign-in renews their hash', async () => {
  const before = await readPasswordHash(server, ada.user.id);
  expect(await runPepper(`${NEW},${OLD}`)).toContain('2 of 2 password hashes wait');
  const wrong = await rotating.login(ada.username, 'not-the-password');
  expect(wrong.body.code).toBe('INVALID_CREDENTIALS');
  expect((await rotating.login(ada.username)).body.code).toBe('MFA_REQUIRED');
  const after = await readPasswordHash(server, ada.user.id);
  expect([before.slice(0, 4), after.slice(8, 12)]).toEqual(['$2b$', '$2b$']);
  expect(await runPepper(`${NEW},${OLD}`)).toContain('1 of 2 password hashes wait');
  const signedIn = await signInWithFactor(rotating, ada, { proof: { code: codeOf(ada.secret) } });
  expect(signedIn.status).toBe(200);
});

it('the old one can go once the secrets are sealed with the new one', async () => {
  await expect(runPepper(NEW, '--finish')).rejects.toMatchObject({ code: 1 });
  const said = await runPepper(`${NEW},${OLD}`, '--finish');
  expect(said).toContain('1 secrets were sealed');
  const after = await startInstance(server.databaseUrl, { PASSWORD_PEPPER: NEW });
  const [recoveryCode = ''] = ada.recoveryCodes;
  for (const proof of [{ code: codeOf(ada.secret, 1) }, { recoveryCode }])
    expect((await signInWithFactor(after, ada, { proof, password: PASSWORD })).status).toBe(200);
  await after.close();
});

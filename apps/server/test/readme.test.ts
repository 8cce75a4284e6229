import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { startTestServer } from './kit/index.ts';

const run = promisify(execFile);
const README = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8');

it('the session of the README prints readable lines, and can be repeated', { timeout: 60_000 }, async () => {
  const [, session = ''] = /```sh\n(api=[^]*?)```/.exec(README) ?? [];
  const dataDir = mkdtempSync(join(tmpdir(), 'linkgrove-readme-'));
  const server = await startTestServer({ worker: true, env: { SMTP_URL: undefined, DATA_DIR: dataDir } });
  for (let round = 0; round < 2; round++) {
    const { stdout } = await run('sh', ['-c', session.replaceAll('http://localhost:3000', server.url)]);
    expect(stdout.split('\n')).toEqual([
      expect.stringMatching(/^Ada's referral code: \w+$/),
      expect.stringMatching(/^bob\d+ was invited by ada\d+$/),
      'Ada: 1 sign-up, 1 successful, 10 credits',
      'Added: My site',
      expect.stringMatching(/^Published: http.*\/@ada\d+$/),
      '',
    ]);
  }
  await server.close();
  rmSync(dataDir, { recursive: true });
});

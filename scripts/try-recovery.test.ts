import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const SCRIPT = fileURLToPath(new URL('try-recovery.ts', import.meta.url));

it('FT54: a base backup and the archive restore a moment, with as many rows in every table as then', async () => {
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [SCRIPT]);
  expect(stderr).toBe('');
  expect(stdout).toMatch(/^Restored the state of 2/m);
  expect(stdout).toMatch(/^\d+ tables have as many rows as at that moment, among them 40 users$/m);
  expect(stdout).toContain('The doctor found no difference');
}, 60_000);

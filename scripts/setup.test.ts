import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';

it('setup installs once, in a folder with any name', () => {
  const parent = mkdtempSync(join(tmpdir(), 'linkgrove-setup-'));
  const folder = join(parent, 'Ada’s 50%20 projects');
  const script = join(folder, 'scripts', 'setup.mjs');
  for (const name of ['scripts', 'apps', 'packages', 'node_modules'])
    mkdirSync(join(folder, name), { recursive: true });
  copyFileSync(new URL('setup.mjs', import.meta.url), script);
  const npx = join(parent, 'npx');
  writeFileSync(npx, '#!/bin/sh\necho installed >> installations\n');
  chmodSync(npx, 0o755);
  const env = { ...process.env, PATH: `${parent}:${process.env['PATH']}` };
  for (let n = 0; n < 2; n++) {
    const { status, stderr } = spawnSync(process.execPath, [script], {
      cwd: tmpdir(),
      env,
      encoding: 'utf8',
    });
    expect([status, stderr]).toEqual([0, '']);
  }
  expect(readFileSync(join(folder, 'installations'), 'utf8')).toBe('installed\n');
  rmSync(parent, { recursive: true });
});

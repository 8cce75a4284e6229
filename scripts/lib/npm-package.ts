import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Runs `use` on the files of an npm package, `name@version`, which are deleted afterwards. Nothing is installed. */
export async function withUnpackedPackage<T>(
  specifier: string,
  use: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'linkgrove-package-'));
  try {
    const { stdout } = await run('npm', ['pack', '--silent', '--pack-destination', folder, specifier]);
    await run('tar', ['-xzf', join(folder, stdout.trim()), '-C', folder]);
    return await use(join(folder, 'package'));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

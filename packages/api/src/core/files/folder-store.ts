import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { copyFile, mkdir, rename, rm, rmdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { hasErrorCode } from '../errors.ts';
import type { FileStore } from './store.ts';

const SHARD_LENGTH = 2;

/** Several servers can share the folder. */
export function createFolderStore(root: string): FileStore {
  const toPath = (key: string) => join(root, key.slice(0, SHARD_LENGTH), key);
  /** Fails, as it should, where other objects are left. */
  const removeEmptyFolder = async (key: string) => {
    if (key.includes('/')) await rmdir(dirname(toPath(key))).catch(() => {});
  };
  return {
    put: async (key, path) => {
      const target = toPath(key);
      await mkdir(dirname(target), { recursive: true });
      // Whoever reads the object sees all of it or nothing.
      const partial = join(root, `.${randomUUID()}.partial`);
      await copyFile(path, partial);
      await rename(partial, target);
    },
    find: async (key) => {
      const path = toPath(key);
      const found = await stat(path).catch((error: unknown) => {
        if (hasErrorCode(error, 'ENOENT') || hasErrorCode(error, 'ENOTDIR')) return undefined;
        throw error;
      });
      if (!found?.isFile()) return undefined;
      return { size: found.size, open: async (range) => createReadStream(path, range) };
    },
    move: async (from, to) => {
      await mkdir(dirname(toPath(to)), { recursive: true });
      await rename(toPath(from), toPath(to)).catch((error: unknown) => {
        if (!hasErrorCode(error, 'ENOENT')) throw error;
      });
      await removeEmptyFolder(from);
    },
    delete: async (key) => {
      await rm(toPath(key), { force: true });
      await removeEmptyFolder(key);
    },
  };
}

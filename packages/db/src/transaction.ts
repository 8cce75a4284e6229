import type { Db, Trx } from './client.ts';

type CommitHook = () => void | Promise<void>;

/** Hooks that fail are logged. */
export type DbContext = {
  db: Db;
  commitHooks?: CommitHook[] | undefined;
  logger?: { error: (fields: { err: unknown }, message: string) => void };
};

const isTrx = (db: Db): db is Trx => db.isTransaction;

/** Reuses the transaction that `ctx` is already in. `onCommit` hooks run after the outermost commit only. */
export async function withTransaction<C extends DbContext, T>(
  ctx: C,
  fn: (ctx: Omit<C, 'db'> & { db: Trx; commitHooks: CommitHook[] }) => Promise<T>,
): Promise<T> {
  const { db: handle, commitHooks: outerHooks } = ctx;
  if (isTrx(handle) && outerHooks) return fn({ ...ctx, db: handle, commitHooks: outerHooks });
  const commitHooks: CommitHook[] = [];
  const result = await ctx.db.transaction().execute((db) => fn({ ...ctx, db, commitHooks }));
  await runHooks(ctx, commitHooks);
  return result;
}

/** The change is stored, so a hook that fails must not look like a change that failed: the caller would repeat it. */
async function runHooks({ logger }: DbContext, hooks: CommitHook[]): Promise<void> {
  for (const hook of hooks) {
    try {
      await hook();
    } catch (error) {
      logger?.error({ err: error }, 'could not finish what follows a commit');
    }
  }
}

export async function onCommit(ctx: DbContext, hook: CommitHook): Promise<void> {
  if (ctx.commitHooks) ctx.commitHooks.push(hook);
  else await hook();
}

import type { Db, Trx } from './client.ts';

type CommitHook = () => void | Promise<void>;

export type DbContext = { db: Db; commitHooks?: CommitHook[] | undefined };

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
  await runHooks(commitHooks);
  return result;
}

/** Runs every hook even if one fails, because the commit has happened. Then throws the first failure. */
async function runHooks(hooks: CommitHook[]): Promise<void> {
  const failures: unknown[] = [];
  for (const hook of hooks) {
    try {
      await hook();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}

export async function onCommit(ctx: DbContext, hook: CommitHook): Promise<void> {
  if (ctx.commitHooks) ctx.commitHooks.push(hook);
  else await hook();
}

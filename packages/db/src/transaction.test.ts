import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import {
  type Db,
  type DbContext,
  isDatabaseUnavailable,
  onCommit,
  openDatabase,
  withTransaction,
} from './index.ts';
import { cloneDatabase } from './testing/index.ts';

let database: Awaited<ReturnType<typeof cloneDatabase>>;
let db: Db;
let close: () => Promise<void>;

beforeAll(async () => {
  database = await cloneDatabase(inject('databaseServerUrl'));
  ({ db, close } = openDatabase({ url: database.url }));
  await sql`create table notes (text text primary key)`.execute(db);
});

afterAll(async () => {
  await close();
  await database.drop();
});

beforeEach(async () => {
  await sql`truncate notes`.execute(db);
});

const write = (ctx: { db: Db }, text: string) => sql`insert into notes values (${text})`.execute(ctx.db);

/** Reads the notes on another connection. */
async function readNotes(): Promise<string[]> {
  const { rows } = await sql<{ text: string }>`select text from notes order by text`.execute(db);
  return rows.map((row) => row.text);
}

const readTransactionId = async (ctx: { db: Db }) =>
  (await sql<{ id: string }>`select pg_current_xact_id()::text as id`.execute(ctx.db)).rows[0]?.id;

describe('withTransaction', () => {
  it('commits what was written and returns what the function returned', async () => {
    const result = await withTransaction({ db }, async (ctx) => {
      await write(ctx, 'a');
      expect(await readNotes()).toEqual([]);
      return 42;
    });
    expect(result).toBe(42);
    expect(await readNotes()).toEqual(['a']);
  });

  it('rolls back and throws the same error if the function throws', async () => {
    const fault = new Error('no');
    const failing = withTransaction({ db }, async (ctx) => {
      await write(ctx, 'a');
      throw fault;
    });
    await expect(failing).rejects.toBe(fault);
    expect(await readNotes()).toEqual([]);
  });

  it('passes on the other members of the context', async () => {
    const ctx = { db, requestId: 'r1', ip: '192.0.2.1' };
    const seen = await withTransaction(ctx, async ({ requestId, ip }) => ({ requestId, ip }));
    expect(seen).toEqual({ requestId: 'r1', ip: '192.0.2.1' });
    expect(ctx).toEqual({ db, requestId: 'r1', ip: '192.0.2.1' });
  });

  it('reuses the transaction of the context', async () => {
    await withTransaction({ db }, async (outer) => {
      const id = await readTransactionId(outer);
      await withTransaction(outer, async (inner) => {
        expect(await readTransactionId(inner)).toBe(id);
        await withTransaction(inner, async (innermost) => {
          expect(await readTransactionId(innermost)).toBe(id);
        });
      });
    });
  });

  it('rolls back the inner one if the outer one fails', async () => {
    const failing = withTransaction({ db }, async (outer) => {
      await withTransaction(outer, (inner) => write(inner, 'inner'));
      throw new Error('later');
    });
    await expect(failing).rejects.toThrow('later');
    expect(await readNotes()).toEqual([]);
  });

  it('starts separate transactions for two calls with the same context', async () => {
    const ctx: DbContext = { db };
    const [first, second] = await Promise.all([1, 2].map(() => withTransaction(ctx, readTransactionId)));
    expect(first).not.toBe(second);
  });

  it('fails, and runs no hook, if the commit fails', async () => {
    await sql`create table rows_checked_late (id int primary key, other int references rows_checked_late
      deferrable initially deferred)`.execute(db);
    let hasRun = false;
    const failing = withTransaction({ db }, async (ctx) => {
      await sql`insert into rows_checked_late values (1, 2)`.execute(ctx.db);
      await onCommit(ctx, () => {
        hasRun = true;
      });
    });
    await expect(failing).rejects.toMatchObject({ code: '23503' });
    expect(hasRun).toBe(false);
  });

  it('releases its connection, whether it succeeds or fails', async () => {
    const small = openDatabase({ url: database.url, maxConnections: 1 });
    for (let round = 0; round < 5; round += 1) {
      await withTransaction({ db: small.db }, readTransactionId);
      await expect(withTransaction({ db: small.db }, () => Promise.reject(new Error('no')))).rejects.toThrow(
        'no',
      );
    }
    expect(await readTransactionId({ db: small.db })).toBeDefined();
    await small.close();
  });
});

describe('onCommit', () => {
  it('runs hooks after the commit, in order', async () => {
    const ran: string[] = [];
    await withTransaction({ db }, async (ctx) => {
      await write(ctx, 'a');
      await onCommit(ctx, async () => {
        ran.push(`first sees ${(await readNotes()).join()}`);
      });
      await onCommit(ctx, () => {
        ran.push('second');
      });
      expect(ran).toEqual([]);
    });
    expect(ran).toEqual(['first sees a', 'second']);
  });

  it('waits for a slow hook before the next one', async () => {
    const ran: string[] = [];
    await withTransaction({ db }, async (ctx) => {
      await onCommit(ctx, async () => {
        await readNotes();
        ran.push('slow');
      });
      await onCommit(ctx, () => {
        ran.push('quick');
      });
    });
    expect(ran).toEqual(['slow', 'quick']);
  });

  it('runs every hook even if some fail, logs the failures, and succeeds, because the change is stored', async () => {
    const logged: unknown[] = [];
    const logger = { error: ({ err }: { err: unknown }) => void logged.push(err) };
    const ran: string[] = [];
    const [slowFault, quickFault] = [new Error('slow'), new Error('quick')];
    await withTransaction({ db, logger }, async (ctx) => {
      await write(ctx, 'a');
      await onCommit(ctx, async () => {
        await readNotes();
        throw slowFault;
      });
      await onCommit(ctx, () => {
        throw quickFault;
      });
      await onCommit(ctx, async () => {
        await readNotes();
        await readNotes();
        ran.push('last');
      });
    });
    expect(logged).toEqual([slowFault, quickFault]);
    expect(ran).toEqual(['last']);
    expect(await readNotes()).toEqual(['a']);
  });

  it('does not roll back if a hook of an inner transaction fails', async () => {
    const fault = new Error('no');
    await withTransaction({ db }, async (outer) => {
      await write(outer, 'outer');
      await withTransaction(outer, async (inner) => {
        await write(inner, 'inner');
        await onCommit(inner, () => Promise.reject(fault));
      });
    });
    expect(await readNotes()).toEqual(['inner', 'outer']);
  });

  it('keeps the hooks of an inner transaction until the outermost has committed', async () => {
    const ran: string[] = [];
    const note = (text: string) => () => {
      ran.push(text);
    };
    await withTransaction({ db }, async (outer) => {
      await onCommit(outer, note('before'));
      await withTransaction(outer, (inner) => onCommit(inner, note('inner')));
      expect(ran).toEqual([]);
      await onCommit(outer, note('after'));
    });
    expect(ran).toEqual(['before', 'inner', 'after']);
  });

  it('runs no hook after a rollback', async () => {
    const ran: string[] = [];
    const failing = withTransaction({ db }, async (outer) => {
      await onCommit(outer, () => void ran.push('outer'));
      await withTransaction(outer, (inner) => onCommit(inner, () => void ran.push('inner')));
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(ran).toEqual([]);
  });

  it('keeps the hooks of two transactions of one context apart', async () => {
    const ran: string[] = [];
    const ctx: DbContext = { db };
    const good = withTransaction(ctx, (own) => onCommit(own, () => void ran.push('good')));
    const bad = withTransaction(ctx, async (own) => {
      await onCommit(own, () => void ran.push('bad'));
      throw new Error('no');
    });
    await Promise.allSettled([good, bad]);
    expect(ran).toEqual(['good']);
  });

  it('runs a hook immediately outside a transaction', async () => {
    const ran: string[] = [];
    await onCommit({ db }, async () => {
      await readNotes();
      ran.push('hook');
    });
    expect(ran).toEqual(['hook']);
  });
});

describe('a connection that breaks during a transaction', () => {
  it('fails the next statement as unavailable', async () => {
    const failing = withTransaction({ db }, async (ctx) => {
      const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(ctx.db);
      await sql`select pg_terminate_backend(${rows[0]?.pid ?? 0}, 5000)`.execute(db);
      await readTransactionId(ctx);
    });
    expect(isDatabaseUnavailable(await failing.catch((error: unknown) => error))).toBe(true);
    expect(await readNotes()).toEqual([]);
  });
});

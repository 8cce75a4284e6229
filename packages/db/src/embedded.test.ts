import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { chmod, chown, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type EmbeddedPostgres, startEmbeddedPostgres } from './embedded.ts';

const MODULE = new URL('./embedded.ts', import.meta.url).href;
const NO_SUCH_PID = 4_194_304;
const isRoot = process.getuid?.() === 0;
const settings = { fsync: 'off' };

let dataDir: string;
let started: EmbeddedPostgres[] = [];

beforeEach(async () => {
  const parent = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
  dataDir = await mkdtemp(join(parent, 'linkgrove-embedded-'));
});

afterEach(async () => {
  await Promise.all(started.map((one) => one.stop()));
  started = [];
  await rm(dataDir, { recursive: true, force: true });
});

async function start(folder = dataDir): Promise<EmbeddedPostgres> {
  const postgres = await startEmbeddedPostgres({ dataDir: folder, settings });
  started.push(postgres);
  return postgres;
}

async function query<Row extends pg.QueryResultRow>(url: string, text: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query<Row>(text)).rows;
  } finally {
    await client.end();
  }
}

const pidFile = () => join(dataDir, 'postgres/data/postmaster.pid');
const readServerPid = async () => Number((await readFile(pidFile(), 'utf8')).split('\n')[0]);

/** Starts PostgreSQL from a process that is then killed, so the server becomes an orphan. */
async function leaveOrphan(): Promise<number> {
  const script = `
    const { startEmbeddedPostgres } = await import('${MODULE}');
    await startEmbeddedPostgres(${JSON.stringify({ dataDir, settings })});
    console.log('ready');
    setInterval(() => {}, 1000);`;
  const owner = spawn(process.execPath, ['--input-type=module', '-e', script]);
  await new Promise((resolve) => owner.stdout.once('data', resolve));
  owner.kill('SIGKILL');
  await new Promise((resolve) => owner.once('exit', resolve));
  return readServerPid();
}

/** Whether the process has ended; a zombie counts as ended. */
const isGone = (pid: number): boolean => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8') === '';
  } catch {
    return true;
  }
};

describe('the embedded PostgreSQL', { timeout: 120_000 }, () => {
  it('starts in an empty folder with private files, and is gone after stop', async () => {
    const lines: string[] = [];
    const postgres = await startEmbeddedPostgres({
      dataDir,
      settings,
      onProgress: (l) => lines.push(l),
    });
    const pid = await readServerPid();
    const [row] = await query<{ encoding: string; address: string }>(
      postgres.url,
      `select current_setting('server_encoding') as encoding, inet_server_addr()::text as address`,
    );
    expect(row).toEqual({ encoding: 'UTF8', address: '127.0.0.1/32' });
    expect(new URL(postgres.url).pathname).toBe('/linkgrove');
    expect(lines).toEqual(['Creating the database…', 'Starting PostgreSQL…']);
    for (const secret of ['postgres', 'postgres/password', 'postgres/data', 'postgres.log']) {
      expect((await stat(join(dataDir, secret))).mode & 0o077).toBe(0);
    }
    await Promise.all([postgres.stop(), postgres.stop()]);
    expect(isGone(pid)).toBe(true);
    expect(existsSync(pidFile())).toBe(false);
  });

  it('refuses a wrong password', async () => {
    const url = new URL((await start()).url);
    url.password = 'guessed';
    await expect(query(url.href, 'select 1')).rejects.toThrow('password authentication failed');
  });

  it('sorts and lowercases text by Unicode, whatever the locale of the machine', async () => {
    const { url } = await start();
    const [row] = await query(url, `select lower('ÄÉ') as lower, 'a' < 'B' as natural`);
    expect(row).toEqual({ lower: 'äé', natural: false });
  });

  it('keeps its data until the next start', async () => {
    const first = await start();
    await query(first.url, 'create table kept as select 42 as answer');
    await first.stop();
    const second = await start();
    expect(second.adopted).toBe(false);
    expect(await query(second.url, 'select * from kept')).toEqual([{ answer: 42 }]);
  });

  it('stops even if a client is in a transaction', async () => {
    const postgres = await start();
    const client = new pg.Client({ connectionString: postgres.url });
    client.on('error', () => {});
    await client.connect();
    await client.query('begin');
    const before = Date.now();
    await postgres.stop();
    // After three seconds it would be killed.
    expect(Date.now() - before).toBeLessThan(3_000);
  });

  it('adopts the server that a killed process left behind', async () => {
    const orphan = await leaveOrphan();
    const postgres = await start();
    expect(postgres.adopted).toBe(true);
    expect(await readServerPid()).toBe(orphan);
    await postgres.stop();
    expect(isGone(orphan)).toBe(true);
  });

  it('waits for an orphan that is shutting down, then starts again', async () => {
    const orphan = await leaveOrphan();
    process.kill(orphan, 'SIGINT');
    const postgres = await start();
    expect(await query(postgres.url, 'select 1 as one')).toEqual([{ one: 1 }]);
    expect(await readServerPid()).not.toBe(orphan);
  });

  it('recovers when the server was killed too', async () => {
    const orphan = await leaveOrphan();
    process.kill(orphan, 'SIGKILL');
    const postgres = await start();
    expect(postgres.adopted).toBe(false);
    expect(await query(postgres.url, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  it.each([
    ['this very process', process.pid],
    ['a foreign living process', process.ppid],
    ['the first process of the system', 1],
    ['no process', NO_SUCH_PID],
  ])('recovers from a PID file that names %s', async (_who, pid) => {
    const first = await start();
    const text = await readFile(pidFile(), 'utf8');
    await first.stop();
    await writeFile(pidFile(), text.replace(/^\d+/, `${pid}`));
    const { uid, gid } = await stat(join(dataDir, 'postgres/data'));
    await chown(pidFile(), uid, gid);
    const second = await start();
    expect(second.adopted).toBe(false);
    expect(await query(second.url, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  it('lets one of two concurrent first starts win', async () => {
    const results = await Promise.allSettled([start(), start()]);
    const faults = results.flatMap((r) => (r.status === 'rejected' ? [String(r.reason)] : []));
    expect(faults).toEqual([`Error: Another Linkgrove is running on DATA_DIR ${dataDir}`]);
    const url = started[0]?.url ?? '';
    expect(await query(url, 'select 1 as one')).toEqual([{ one: 1 }]);
    expect((await readdir(dataDir)).toSorted()).toEqual(['postgres', 'postgres.log']);
  });

  it('refuses a second start while the first one runs', async () => {
    const first = await start();
    await expect(start()).rejects.toThrow('Another Linkgrove is running on DATA_DIR');
    expect(await query(first.url, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  it('restarts on the same port when its server is killed, and still stops', async () => {
    const postgres = await start();
    const killed = await readServerPid();
    process.kill(killed, 'SIGKILL');
    const answer = () => query(postgres.url, 'select 1 as one').catch(() => sleep(50));
    await expect.poll(answer).toEqual([{ one: 1 }]);
    const revived = await readServerPid();
    expect(revived).not.toBe(killed);
    await postgres.stop();
    expect(isGone(revived)).toBe(true);
  });

  it('starts nothing when it is stopped while its server restarts', async () => {
    const postgres = await start();
    process.kill(await readServerPid(), 'SIGKILL');
    await sleep(30);
    await postgres.stop();
    await sleep(500);
    await expect(query(postgres.url, 'select 1')).rejects.toThrow('ECONNREFUSED');
  });

  it('removes the draft of a killed initdb and creates a cluster', async () => {
    await mkdir(join(dataDir, `postgres.init-${NO_SUCH_PID}-abc/data/base`), { recursive: true });
    const postgres = await start();
    expect(await query(postgres.url, 'select 1 as one')).toEqual([{ one: 1 }]);
    expect((await readdir(dataDir)).toSorted()).toEqual(['postgres', 'postgres.log']);
  });

  it('works below a folder that only its owner can enter', async () => {
    const hidden = join(dataDir, 'home');
    await mkdir(hidden, { mode: 0o700 });
    const postgres = await start(join(hidden, 'checkout/.data'));
    expect(await query(postgres.url, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  it('throws PostgreSQL’s own message if it does not start', async () => {
    const wrong = startEmbeddedPostgres({ dataDir, settings: { ...settings, work_mem: 'much' } });
    await expect(wrong).rejects.toThrow('invalid value for parameter "work_mem"');
  });

  it.runIf(isRoot)('runs as the user who owns the folder', async () => {
    await chown(dataDir, 12_345, 12_345);
    await chmod(dataDir, 0o700);
    const postgres = await start();
    expect(await query(postgres.url, 'select 1 as one')).toEqual([{ one: 1 }]);
    expect((await stat(join(dataDir, 'postgres/data/PG_VERSION'))).uid).toBe(12_345);
    const status = await readFile(`/proc/${await readServerPid()}/status`, 'utf8');
    expect(status).toMatch(/^Uid:\s+12345/m);
  });
});

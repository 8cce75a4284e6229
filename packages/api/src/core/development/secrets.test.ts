import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Env, parseConfig } from '../config/config.ts';
import { loadDevelopmentSecrets } from './secrets.ts';

const run = promisify(execFile);
const MODULE = new URL('./secrets.ts', import.meta.url).href;

let dataDir: string;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'linkgrove-secrets-'));
});

afterEach(async () => {
  await rm(dataDir, { recursive: true, force: true });
});

/** What a process of its own gets. */
async function loadElsewhere(env: Env): Promise<unknown> {
  const script = `
    const { loadDevelopmentSecrets } = await import('${MODULE}');
    console.log(JSON.stringify(loadDevelopmentSecrets(${JSON.stringify(env)})));`;
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script]);
  return JSON.parse(stdout);
}

describe('development secrets', () => {
  it('are generated if there are none, and are valid settings', () => {
    const env = loadDevelopmentSecrets({ DATA_DIR: dataDir, PORT: '4000' });
    expect(env).toMatchObject({ DATA_DIR: dataDir, PORT: '4000' });
    const config = parseConfig(env);
    expect(config.jwtPrivateKeys).toHaveLength(1);
    expect(config.rootPepper.length).toBeGreaterThanOrEqual(32);
  });

  it('are the same at the next start', () => {
    const first = loadDevelopmentSecrets({ DATA_DIR: dataDir });
    expect(loadDevelopmentSecrets({ DATA_DIR: dataDir })).toEqual(first);
  });

  it('differ for another folder', async () => {
    const first = loadDevelopmentSecrets({ DATA_DIR: join(dataDir, 'one') });
    const second = loadDevelopmentSecrets({ DATA_DIR: join(dataDir, 'two') });
    expect(first['PASSWORD_PEPPER']).not.toBe(second['PASSWORD_PEPPER']);
    expect(first['JWT_PRIVATE_KEYS']).not.toBe(second['JWT_PRIVATE_KEYS']);
  });

  it('are the same in processes that start at the same time', async () => {
    const env = { DATA_DIR: join(dataDir, 'made', 'by', 'whoever', 'is', 'first') };
    const all = await Promise.all(Array.from({ length: 4 }, () => loadElsewhere(env)));
    expect(all[0]).toHaveProperty('PASSWORD_PEPPER');
    expect(new Set(all.map((one) => JSON.stringify(one))).size).toBe(1);
    expect(await readdir(env.DATA_DIR)).toEqual(['secrets.json']);
  });

  it('are readable only by their owner', async () => {
    loadDevelopmentSecrets({ DATA_DIR: dataDir });
    expect((await stat(join(dataDir, 'secrets.json'))).mode & 0o077).toBe(0);
  });

  it('are overridden individually by given ones', () => {
    const made = loadDevelopmentSecrets({ DATA_DIR: dataDir });
    const env = loadDevelopmentSecrets({ DATA_DIR: dataDir, PASSWORD_PEPPER: 'given' });
    expect(env['PASSWORD_PEPPER']).toBe('given');
    expect(env['JWT_PRIVATE_KEYS']).toBe(made['JWT_PRIVATE_KEYS']);
  });

  it('are generated for variables that are set but empty', () => {
    const env = loadDevelopmentSecrets({ DATA_DIR: dataDir, PASSWORD_PEPPER: '', JWT_PRIVATE_KEYS: '' });
    expect(() => parseConfig(env)).not.toThrow();
  });

  it('are not written if both are given', async () => {
    const env = { DATA_DIR: dataDir, PASSWORD_PEPPER: 'given', JWT_PRIVATE_KEYS: 'given' };
    expect(loadDevelopmentSecrets(env)).toEqual(env);
    expect(await readdir(dataDir)).toEqual([]);
  });

  it('are never generated in production', async () => {
    const env = { DATA_DIR: dataDir, NODE_ENV: 'production' };
    expect(loadDevelopmentSecrets(env)).toEqual(env);
    expect(await readdir(dataDir)).toEqual([]);
    expect(() => parseConfig(loadDevelopmentSecrets(env))).toThrow(/JWT_PRIVATE_KEYS is required/);
  });

  it('are left alone in a file that is not valid', async () => {
    const file = join(dataDir, 'secrets.json');
    loadDevelopmentSecrets({ DATA_DIR: dataDir });
    await writeFile(file, '{"half":');
    expect(() => loadDevelopmentSecrets({ DATA_DIR: dataDir })).toThrow(`${file} is not valid JSON`);
    expect(() => loadDevelopmentSecrets({ DATA_DIR: dataDir })).not.toThrow('half');
    expect(await readFile(file, 'utf8')).toBe('{"half":');
  });
});

import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Env } from '../config/config.ts';

type Secrets = { JWT_PRIVATE_KEYS: string; PASSWORD_PEPPER: string };

function generate(): Secrets {
  const { privateKey } = generateKeyPairSync('ed25519');
  return {
    JWT_PRIVATE_KEYS: JSON.stringify([privateKey.export({ format: 'jwk' })]),
    PASSWORD_PEPPER: randomBytes(32).toString('base64'),
  };
}

function read(file: string): Secrets {
  const text = readFileSync(file, 'utf8');
  try {
    return JSON.parse(text) as Secrets;
  } catch {
    // What the parser says quotes the file.
    throw new Error(`${file} is not valid JSON; restore it, or delete it to have new secrets made`);
  }
}

function loadOrCreate(dataDir: string): Secrets {
  const file = join(dataDir, 'secrets.json');
  try {
    return read(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  mkdirSync(dataDir, { recursive: true });
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, JSON.stringify(generate(), null, 2), { mode: 0o600 });
  try {
    // Of several processes that start at once, the first to link wins, and all read what it wrote.
    linkSync(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(draft);
  }
  return read(file);
}

/**
 * Adds the secrets that are missing from `env`, made once and kept under `DATA_DIR`. In production nothing
 * is made up: `env` comes back as it is, and `parseConfig` names what is missing.
 */
export function loadDevelopmentSecrets(env: Env): Env {
  if (env['NODE_ENV'] === 'production' || (env['JWT_PRIVATE_KEYS'] && env['PASSWORD_PEPPER'])) return env;
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  return { ...loadOrCreate(env['DATA_DIR'] || '.data'), ...given };
}

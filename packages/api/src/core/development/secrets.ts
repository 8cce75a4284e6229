import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Env } from '../config/config.ts';
import { hasErrorCode } from '../errors.ts';
import { tryParseJson } from '../text/json.ts';

const secretsFile = z.object({ JWT_PRIVATE_KEYS: z.string(), PASSWORD_PEPPER: z.string() }).partial();
type Secrets = z.infer<typeof secretsFile>;

function generateSecrets(): Secrets {
  const { privateKey } = generateKeyPairSync('ed25519');
  return {
    JWT_PRIVATE_KEYS: JSON.stringify([privateKey.export({ format: 'jwk' })]),
    PASSWORD_PEPPER: randomBytes(32).toString('base64'),
  };
}

function readSecrets(file: string): Secrets {
  const parsed = secretsFile.safeParse(tryParseJson(readFileSync(file, 'utf8')));
  if (parsed.success) return parsed.data;
  // Without the parser's message, which quotes the file.
  throw new Error(`${file} is not valid JSON; restore it, or delete it to generate new secrets`);
}

function loadOrCreateSecrets(dataDir: string): Secrets {
  const file = join(dataDir, 'secrets.json');
  try {
    return readSecrets(file);
  } catch (error) {
    if (!hasErrorCode(error, 'ENOENT')) throw error;
  }
  mkdirSync(dataDir, { recursive: true });
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, JSON.stringify(generateSecrets(), null, 2), { mode: 0o600 });
  try {
    // When several processes start at once, the first link wins and all read its file.
    linkSync(draft, file);
  } catch (error) {
    if (!hasErrorCode(error, 'EEXIST')) throw error;
  } finally {
    rmSync(draft);
  }
  return readSecrets(file);
}

export function loadDevelopmentSecrets(env: Env): Env {
  if (env['NODE_ENV'] === 'production' || (env['JWT_PRIVATE_KEYS'] && env['PASSWORD_PEPPER'])) return env;
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  return { ...loadOrCreateSecrets(env['DATA_DIR'] || '.data'), ...given };
}

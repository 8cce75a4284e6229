import { generateKeyPairSync } from 'node:crypto';
import { type Config, type Env, parseConfig } from '../core/config/config.ts';

// For tests only.
const TEST_SECRETS = {
  JWT_PRIVATE_KEYS: JSON.stringify([generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' })]),
  PASSWORD_PEPPER: Buffer.from('tests only, not a secret: 0123456789abcdef').toString('base64'),
};

/** Settings of a test server: cheap hashes, silent logs, rate limits that tests never reach. */
export const testEnv = (overrides: Env = {}): Env => ({
  NODE_ENV: 'test',
  PORT: '0',
  PUBLIC_URL: 'http://localhost:3000',
  ...TEST_SECRETS,
  BCRYPT_COST: '4',
  RATE_LIMIT_LOGIN: '100000/1m',
  RATE_LIMIT_REGISTER: '100000/1m',
  RATE_LIMIT_FORGOT: '100000/1m',
  RATE_LIMIT_GLOBAL: '1000000/1m',
  RATE_LIMIT_KEY: '1000000/1m',
  MAIL_LIMIT_RECIPIENT: '100000/1h,100000/1d',
  // Nobody answers there, at once.
  DNS_SERVERS: '127.0.0.1:9',
  // Publication is the subject of few tests.
  PUBLISH_REQUIRES_VERIFICATION: 'false',
  LOG_LEVEL: 'silent',
  ...overrides,
});

export const testConfig = (overrides: Env = {}): Config => parseConfig(testEnv(overrides));

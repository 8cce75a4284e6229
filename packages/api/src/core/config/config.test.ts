import { generateKeyPairSync, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Config, ConfigError, type Env, parseConfig } from './config.ts';
import { listEnvironmentWarnings } from './warnings.ts';

function newKey() {
  const { x = '', d = '' } = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
  return { kty: 'OKP' as const, crv: 'Ed25519' as const, x, d };
}
const key = newKey();
const secrets = {
  JWT_PRIVATE_KEYS: JSON.stringify([key]),
  PASSWORD_PEPPER: randomBytes(32).toString('base64'),
};
const production = {
  ...secrets,
  NODE_ENV: 'production',
  DATABASE_URL: 'postgres://linkgrove:hunter2@db.internal/linkgrove',
  SMTP_URL: 'smtps://mail.internal',
  PUBLIC_URL: 'https://api.example.com',
  APP_URL: 'https://example.com',
};

const parse = (env: Env): Config => parseConfig({ ...secrets, ...env });

function messageOf(env: Env): string {
  try {
    parseConfig(env);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as ConfigError).message;
  }
  throw new Error('These settings were taken');
}

describe('the defaults', () => {
  it('are those of the contract', () => {
    expect(parse({})).toEqual({
      production: false,
      host: '127.0.0.1',
      port: 3000,
      databaseUrl: undefined,
      dataDir: '.data',
      redisUrl: undefined,
      smtpUrl: undefined,
      devMailPublic: false,
      mailFrom: 'Linkgrove <no-reply@localhost>',
      publicUrl: 'http://localhost:3000',
      appUrl: 'http://localhost:3000',
      builtInPages: true,
      corsOrigins: ['http://localhost:3000'],
      trustedOrigins: new Set(['http://localhost:3000', 'http://127.0.0.1:3000', 'http://[::1]:3000']),
      secureCookies: false,
      jwtPrivateKeys: [key],
      passwordPeppers: [Buffer.from(secrets.PASSWORD_PEPPER, 'base64')],
      rootPepper: Buffer.from(secrets.PASSWORD_PEPPER, 'base64'),
      trustProxy: undefined,
      bcryptCost: 12,
      limits: {
        login: { points: 10, seconds: 900 },
        register: { points: 20, seconds: 3_600 },
        forgot: { points: 5, seconds: 3_600 },
        global: { points: 600, seconds: 60 },
        key: { points: 600, seconds: 60 },
      },
      referralWindowSeconds: 30 * 86_400,
      platformWorkspaceId: undefined,
      tlsCheckSecret: undefined,
      domainTarget: 'localhost',
      domainAddresses: [],
      dnsServers: [],
      ownHosts: ['localhost'],
      webhookPorts: new Set([443, 80]),
      webhookNetworks: [],
      worker: {
        port: undefined,
        concurrency: { urgent: 10, bulk: 5, webhooks: 100 },
        rate: { urgent: undefined, bulk: undefined },
        jobTimeoutMs: 30_000,
        jobAttempts: 24,
      },
      recipientBudgets: [
        { points: 10, seconds: 3_600 },
        { points: 30, seconds: 86_400 },
      ],
      countryHeader: undefined,
      regionHeader: undefined,
      geoipFile: undefined,
      analyticsRetentionSeconds: 90 * 86_400,
      securityEventRetentionSeconds: 730 * 86_400,
      reportRetentionSeconds: 180 * 86_400,
      signInProviders: { settings: [], faults: [] },
      redirectOrigins: new Set(['http://localhost:3000']),
      sessionLimits: { idleSeconds: 30 * 86_400, maxSeconds: 180 * 86_400 },
      webauthnRpId: 'localhost',
      breachesUrl: undefined,
      captcha: undefined,
      sendsNewDeviceMail: true,
      adminRequiresMfa: false,
      userRequiresMfa: false,
      publishRequiresVerification: true,
      shutdownMs: 6_000,
      files: { url: 'http://localhost:3000/files', quotaBytes: 500_000_000, s3: undefined },
      docs: true,
      metrics: true,
      metricsListener: undefined,
      logLevel: 'info',
    } satisfies Config);
  });

  it('apply to every variable that is set but empty', () => {
    const names = `HOST PORT NODE_ENV DATABASE_URL DATA_DIR REDIS_URL SMTP_URL MAIL_FROM PUBLIC_URL APP_URL
      CORS_ORIGINS TRUST_PROXY BCRYPT_COST RATE_LIMIT_LOGIN RATE_LIMIT_REGISTER RATE_LIMIT_FORGOT
      RATE_LIMIT_GLOBAL MAIL_LIMIT_RECIPIENT COUNTRY_HEADER REGION_HEADER GEOIP_FILE ANALYTICS_RETENTION SECURITY_EVENT_RETENTION REPORT_RETENTION PUBLISH_REQUIRES_VERIFICATION ADMIN_REQUIRE_MFA USER_REQUIRE_MFA NEW_DEVICE_MAIL PWNED_PASSWORDS_URL CAPTCHA_URL CAPTCHA_SECRET WEBAUTHN_RP_ID REFERRAL_WINDOW WORKER_PORT WORKER_CONCURRENCY_URGENT WORKER_CONCURRENCY_BULK
      WORKER_RATE_URGENT WORKER_RATE_BULK JOB_TIMEOUT JOB_ATTEMPTS SHUTDOWN_TIMEOUT DOCS METRICS METRICS_HOST METRICS_PORT DEV_MAIL LOG_LEVEL
      TLS_CHECK_SECRET DOMAIN_TARGET DOMAIN_ADDRESSES DNS_SERVERS PLATFORM_WORKSPACE_ID WEBHOOK_PORTS WEBHOOK_ALLOW_NETWORKS WORKER_CONCURRENCY_WEBHOOKS
      FILES_URL FILES_QUOTA S3_ENDPOINT S3_BUCKET S3_REGION S3_ACCESS_KEY_ID S3_SECRET_ACCESS_KEY`.split(
      /\s+/,
    );
    expect(parse(Object.fromEntries(names.map((name) => [name, ''])))).toEqual(parse({}));
  });

  it('follow the port, and the public URL follows them', () => {
    expect(parse({ PORT: '4100' })).toMatchObject({
      publicUrl: 'http://localhost:4100',
      appUrl: 'http://localhost:4100',
      corsOrigins: ['http://localhost:4100'],
    });
    expect(parse({ PUBLIC_URL: 'https://api.example.com' })).toMatchObject({
      appUrl: 'https://api.example.com',
      secureCookies: true,
    });
  });

  it('ignore unknown variables', () => {
    expect(parse({ PATH: '/bin', npm_config_x: 'y', toString: 'z' })).toEqual(parse({}));
  });
});

describe('a given setting', () => {
  it('is used', () => {
    const config = parse({
      HOST: '0.0.0.0',
      PORT: '0',
      DATABASE_URL: 'postgresql://a:b@c/d?sslmode=require',
      REDIS_URL: 'rediss://r:1',
      SMTP_URL: 'smtp://m:25',
      MAIL_FROM: 'Ada <ada@example.com>',
      DATA_DIR: '/var/lib/linkgrove',
      TRUST_PROXY: '10.0.0.0/8, ::1',
      BCRYPT_COST: '10',
      RATE_LIMIT_LOGIN: '3/30s',
      MAIL_LIMIT_RECIPIENT: '5/30m, 20/12h, 50/7d',
      COUNTRY_HEADER: 'CF-IPCountry',
      PUBLISH_REQUIRES_VERIFICATION: 'off',
      REFERRAL_WINDOW: '12h',
      DOCS: 'off',
      METRICS: '0',
      LOG_LEVEL: 'silent',
    });
    expect(config).toMatchObject({
      host: '0.0.0.0',
      port: 0,
      databaseUrl: 'postgresql://a:b@c/d?sslmode=require',
      redisUrl: 'rediss://r:1',
      smtpUrl: 'smtp://m:25',
      mailFrom: 'Ada <ada@example.com>',
      dataDir: '/var/lib/linkgrove',
      trustProxy: ['10.0.0.0/8', '::1'],
      bcryptCost: 10,
      recipientBudgets: [
        { points: 5, seconds: 1_800 },
        { points: 20, seconds: 43_200 },
        { points: 50, seconds: 604_800 },
      ],
      countryHeader: 'cf-ipcountry',
      publishRequiresVerification: false,
      referralWindowSeconds: 43_200,
      docs: false,
      metrics: false,
      logLevel: 'silent',
    });
    expect(config.limits.login).toEqual({ points: 3, seconds: 30 });
  });

  it.each(['true', '1', 'on'])('switches docs and metrics on in production if it is %j', (value) => {
    expect(parseConfig(production)).toMatchObject({ docs: false, metrics: false });
    expect(parseConfig({ ...production, DOCS: value, METRICS: value })).toMatchObject({
      docs: true,
      metrics: true,
    });
  });

  it('loses the trailing slashes of a URL, so that paths can be appended', () => {
    expect(
      parse({ PUBLIC_URL: 'https://api.example.com/', APP_URL: 'https://example.com/app//' }),
    ).toMatchObject({ publicUrl: 'https://api.example.com', appUrl: 'https://example.com/app' });
  });

  it.each([
    ['HTTPS://Api.Example.com/', 'https://api.example.com'],
    ['https://api.example.com:443', 'https://api.example.com'],
    ['https://example.com/App/../Pages/', 'https://example.com/Pages'],
    ['https://bücher.example', 'https://xn--bcher-kva.example'],
  ])('is normalized as browsers normalize a URL: %s', (given, spelt) => {
    const config = parse({ PUBLIC_URL: given, APP_URL: given });
    expect(config).toMatchObject({ publicUrl: spelt, appUrl: spelt, secureCookies: true });
    expect(config.trustedOrigins).toContain(new URL(spelt).origin);
  });

  it('keeps several signing keys in their order', () => {
    const second = { ...newKey(), kid: 'second' };
    const config = parse({ JWT_PRIVATE_KEYS: JSON.stringify([second, key]) });
    expect(config.jwtPrivateKeys).toEqual([second, key]);
  });

  it('keeps several peppers in their order, and derives other keys from the last', () => {
    const [one, other] = [randomBytes(32), randomBytes(32)];
    const list = [one, other].map((pepper) => pepper.toString('base64'));
    const config = parse({ PASSWORD_PEPPER: list.join(', ') });
    expect(config).toMatchObject({ passwordPeppers: [one, other], rootPepper: other });
    for (const PASSWORD_PEPPER of [`${list[0]},${list[0]}`, `${list[0]},`, `${list[0]},short`])
      expect(() => parse({ PASSWORD_PEPPER })).toThrow(/^Configuration: PASSWORD_PEPPER must be/);
  });

  it('rejects duplicate signing keys, duplicate key ids, and halves of different keys', () => {
    const [one, other] = [newKey(), newKey()];
    for (const keys of [
      [one, one],
      [
        { ...one, kid: 'a' },
        { ...one, kid: 'b' },
      ],
      [
        { ...one, kid: 'a' },
        { ...other, kid: 'a' },
      ],
      [{ ...one, d: other.d }],
    ]) {
      expect(() => parse({ JWT_PRIVATE_KEYS: JSON.stringify(keys) })).toThrow(
        /^Configuration: JWT_PRIVATE_KEYS must be/,
      );
    }
  });

  it('normalizes URLs as a browser does, and rejects query, fragment and credentials', () => {
    expect(parse({ PUBLIC_URL: 'HTTPS://Api.Example.com//' })).toMatchObject({
      publicUrl: 'https://api.example.com',
      secureCookies: true,
    });
    for (const url of [
      ' https://a.b',
      'https://a.b/?x=1',
      'https://a.b/#f',
      'https://u:p@a.b',
      'https://exa\nmple.com',
    ]) {
      expect(() => parse({ PUBLIC_URL: url })).toThrow(/^Configuration: PUBLIC_URL must be/);
    }
  });

  it('takes for passkeys the host of the app or a domain above it', () => {
    const APP_URL = 'https://app.example.com';
    expect(parse({ APP_URL }).webauthnRpId).toBe('app.example.com');
    expect(parse({ APP_URL, WEBAUTHN_RP_ID: 'example.com' }).webauthnRpId).toBe('example.com');
    for (const WEBAUTHN_RP_ID of ['other.example', 'ample.com', 'www.app.example.com'])
      expect(() => parse({ APP_URL, WEBAUTHN_RP_ID })).toThrow(/^Configuration: WEBAUTHN_RP_ID must be/);
  });

  it('accepts addresses and networks of proxies, and no lookalikes', () => {
    expect(parse({ TRUST_PROXY: '10.0.0.1, fd00::/8' }).trustProxy).toEqual(['10.0.0.1', 'fd00::/8']);
    for (const proxy of ['999.1.1.1', '1.2.3.4/99', '...', 'abc']) {
      expect(() => parse({ TRUST_PROXY: proxy })).toThrow(/^Configuration: TRUST_PROXY must be/);
    }
  });
});

describe('the origins that may send unsafe requests', () => {
  it('are those of the app, of this API and of CORS_ORIGINS, and in production no other', () => {
    const config = parseConfig({
      ...production,
      APP_URL: 'https://example.com/app',
      CORS_ORIGINS: 'https://one.example.com, https://two.example.com',
    });
    expect(config.trustedOrigins).toEqual(
      new Set([
        'https://example.com',
        'https://api.example.com',
        'https://one.example.com',
        'https://two.example.com',
      ]),
    );
    expect(config.corsOrigins).toEqual(['https://one.example.com', 'https://two.example.com']);
  });

  it('include every name of this machine in development', () => {
    const { trustedOrigins } = parse({ PORT: '4000', APP_URL: 'https://example.com' });
    for (const origin of ['http://localhost:4000', 'http://127.0.0.1:4000', 'http://[::1]:4000']) {
      expect(trustedOrigins).toContain(origin);
    }
    expect(trustedOrigins).not.toContain('http://localhost:3000');
  });
});

const noSpace = (text: string) => !/\s/.test(text);
const word = fc.string({ minLength: 6, maxLength: 40 });
const notOneOf = (...values: string[]) => word.filter((text) => !values.includes(text));
const noUrl = fc.oneof(
  word.filter((text) => !/^\s*(https?|postgres(ql)?|rediss?|smtps?):/i.test(text)),
  word.filter(noSpace).map((text) => `ftp://${text}`),
  word.filter(noSpace).map((text) => `javascript:${text}`),
);
const noWebUrl = fc.oneof(
  noUrl,
  fc.constantFrom(
    'https://example.com/?page=1',
    'https://example.com/#top',
    'https://ada@example.com',
    'https://ada:hunter2@example.com',
    'https://example.com/a b',
    ' https://example.com',
  ),
);
const noNumber = fc.oneof(
  word.filter((text) => !/^\d+$/.test(text)),
  fc.bigInt({ min: 65_536n, max: 10n ** 40n }).map(String),
  fc.integer({ min: -999_999, max: -1_000 }).map(String),
);
const noBudget = word.filter((text) => !/^\d+\/\d+[smhd]$/.test(text));
const noKeys = fc.oneof(
  word,
  fc.json().filter((text) => text.length > 8),
  fc.constantFrom(
    JSON.stringify([{ ...key, d: undefined }]),
    JSON.stringify([{ ...key, crv: 'X25519' }]),
    JSON.stringify([{ ...key, d: 'too-short' }]),
    JSON.stringify([{ kty: 'oct', k: 'c2VjcmV0LXNlY3JldC1zZWNyZXQ' }]),
    JSON.stringify(key),
    JSON.stringify([{ ...key, d: newKey().d }]),
    JSON.stringify([key, newKey(), key]),
  ),
);

/** Values that each variable refuses, long enough that none stands in a message by chance. */
const WRONG: Record<string, fc.Arbitrary<string>> = {
  PORT: noNumber,
  NODE_ENV: notOneOf('development', 'production'),
  DATABASE_URL: noUrl,
  REDIS_URL: noUrl,
  SMTP_URL: noUrl,
  MAIL_FROM: word.filter((text) => !text.includes('@')),
  PUBLIC_URL: noWebUrl,
  APP_URL: noWebUrl,
  CORS_ORIGINS: fc.oneof(
    word.filter((text) => /[^\s,]/.test(text)),
    fc.webUrl().map((url) => `${url}/path`),
  ),
  JWT_PRIVATE_KEYS: noKeys,
  PASSWORD_PEPPER: fc.oneof(
    word.filter((text) => text.length < 40),
    fc.constant(Buffer.alloc(32, 7).toString('base64')),
    fc.uint8Array({ minLength: 6, maxLength: 31 }).map((bytes) => Buffer.from(bytes).toString('base64')),
  ),
  TRUST_PROXY: word.filter((text) => /[g-z]/i.test(text)),
  BCRYPT_COST: fc.oneof(noNumber, fc.integer({ min: 100_000, max: 999_999_999 }).map(String)),
  RATE_LIMIT_LOGIN: noBudget,
  RATE_LIMIT_REGISTER: noBudget,
  RATE_LIMIT_FORGOT: noBudget,
  RATE_LIMIT_GLOBAL: noBudget,
  MAIL_LIMIT_RECIPIENT: noBudget,
  TLS_CHECK_SECRET: word.filter((text) => !/^[\x21-\x7e]+$/.test(text)),
  DOMAIN_TARGET: word.filter((text) => /[^a-z0-9.-]/.test(text)),
  DOMAIN_ADDRESSES: word.filter((text) => /[^\d.,:a-f\s]/.test(text)),
  DNS_SERVERS: word.filter((text) => /[^\d.,:a-fA-F\s[\]]/.test(text)),
  COUNTRY_HEADER: word.filter((text) => /[^A-Za-z0-9-]/.test(text)),
  REGION_HEADER: word.filter((text) => /[^A-Za-z0-9-]/.test(text)),
  ANALYTICS_RETENTION: word.filter((text) => !/^\d+[smhd]$/.test(text)),
  SECURITY_EVENT_RETENTION: word.filter((text) => !/^\d+[smhd]$/.test(text)),
  REPORT_RETENTION: word.filter((text) => !/^\d+[smhd]$/.test(text)),
  PUBLISH_REQUIRES_VERIFICATION: notOneOf(),
  REFERRAL_WINDOW: word.filter((text) => !/^\d+[smhd]$/.test(text)),
  DOCS: notOneOf(),
  METRICS: notOneOf(),
  METRICS_PORT: noNumber,
  DEV_MAIL: notOneOf('public'),
  LOG_LEVEL: word.filter((text) => !/^(fatal|error|warn|info|debug|trace|silent)$/.test(text)),
};
const wrongVariable = fc
  .constantFrom(...Object.keys(WRONG))
  .chain((name) => (WRONG[name] as fc.Arbitrary<string>).map((value) => ({ name, value })));

/** Words of the message itself; a value such as `number` may stand in it without having been copied. */
const isOurOwnWord = (message: string, value: string, name: string) =>
  messageOf({ ...secrets, [name]: '\u0001wrong\u0001'.repeat(4) }) === message && message.includes(value);

describe('a wrong variable', () => {
  it('stops the start with one line that names it and never its value', () => {
    fc.assert(
      fc.property(wrongVariable, ({ name, value }) => {
        const message = messageOf({ ...secrets, [name]: value });
        expect(message).toMatch(new RegExp(`^Configuration: ${name} (must|is) [^\\r\\n]+$`));
        if (!isOurOwnWord(message, value, name)) expect(message).not.toContain(value);
      }),
      { numRuns: 1_000 },
    );
  });

  it('stops the start in production too, next to production’s own requirements', () => {
    fc.assert(
      fc.property(
        wrongVariable.filter(({ name }) => name !== 'NODE_ENV'),
        ({ name, value }) => {
          expect(messageOf({ ...production, [name]: value })).toContain(`${name} must`);
        },
      ),
    );
  });

  it('is reported together with all other wrong ones, in one line', () => {
    const names = fc.subarray(Object.keys(WRONG), { minLength: 2 });
    fc.assert(
      fc.property(names, (all) => {
        const message = messageOf({ ...secrets, ...Object.fromEntries(all.map((name) => [name, '\u0001'])) });
        expect(message).not.toMatch(/[\r\n]/);
        for (const name of all) expect(message.split(` ${name} `)).toHaveLength(2);
      }),
    );
  });

  it.each([
    ['PORT', '65536'],
    ['PORT', '3000.5'],
    ['PORT', '0x10'],
    ['PORT', '-1'],
    ['BCRYPT_COST', '3'],
    ['BCRYPT_COST', '16'],
    ['MAIL_FROM', 'Ada <ada@example.com>\r\nBcc: all@example.com'],
    ['PUBLIC_URL', 'example.com'],
    ['PUBLIC_URL', 'javascript:alert(1)'],
    ['DATABASE_URL', 'mysql://localhost/x'],
    ['CORS_ORIGINS', '*'],
    ['CORS_ORIGINS', 'null'],
    ['CORS_ORIGINS', 'https://example.com/'],
    ['CORS_ORIGINS', 'https://good.example.com,https://bad.example.com/path'],
    ['RATE_LIMIT_LOGIN', '0/15m'],
    ['RATE_LIMIT_LOGIN', '10/0m'],
    ['PUBLIC_URL', 'https://example.com?a=b'],
    ['PUBLIC_URL', 'https://example.com#a'],
    ['PUBLIC_URL', 'https://ada@example.com'],
    ['PUBLIC_URL', 'https://:hunter2@example.com'],
    ['APP_URL', 'https://example.com/app\n'],
    ['APP_URL', 'https://exam\tple.com'],
    ['APP_URL', 'https://example.com/my app'],
    ['TRUST_PROXY', 'true'],
    ['TRUST_PROXY', 'proxy.internal'],
    ['TRUST_PROXY', '10.0.0.256'],
    ['TRUST_PROXY', '10.0.0.0/33'],
    ['TRUST_PROXY', '10.0.0.0/'],
    ['TRUST_PROXY', '10.0.0.1 10.0.0.2'],
    ['TRUST_PROXY', 'fd00::/129'],
    ['TRUST_PROXY', '10.0.0.1,nowhere'],
    ['RATE_LIMIT_LOGIN', '10/25d'],
    ['MAIL_LIMIT_RECIPIENT', '30/1d,10/1h'],
    ['MAIL_LIMIT_RECIPIENT', '10/1h,30/1h'],
    ['MAIL_LIMIT_RECIPIENT', '10/1h,lots'],
    ['MAIL_LIMIT_RECIPIENT', ','],
    ['JWT_PRIVATE_KEYS', '[]'],
    ['PASSWORD_PEPPER', Buffer.alloc(64, 'a').toString('base64')],
  ])('is rejected: %s=%j', (name, value) => {
    expect(messageOf({ ...secrets, [name]: value })).toMatch(new RegExp(`^Configuration: ${name} must`));
  });
});

it.each(['COUNTRY_HEADER', 'REGION_HEADER'])('%s is refused without a proxy that could set it', (name) => {
  expect(messageOf({ ...secrets, [name]: 'X-Place' })).toBe(`Configuration: ${name} needs TRUST_PROXY`);
});

it('events that are dropped within a day are refused', () => {
  expect(messageOf({ ...secrets, ANALYTICS_RETENTION: '23h' })).toBe(
    'Configuration: ANALYTICS_RETENTION must be at least 1d',
  );
  expect(messageOf({ ...secrets, SECURITY_EVENT_RETENTION: '29d' })).toBe(
    'Configuration: SECURITY_EVENT_RETENTION must be at least 30d',
  );
  expect(messageOf({ ...secrets, REPORT_RETENTION: '23h' })).toBe(
    'Configuration: REPORT_RETENTION must be at least 1d',
  );
});

describe('production', () => {
  it('starts if everything is set', () => {
    expect(parseConfig(production)).toMatchObject({
      production: true,
      builtInPages: false,
      secureCookies: true,
    });
  });

  it.each(['DATABASE_URL', 'SMTP_URL', 'PUBLIC_URL', 'APP_URL', 'JWT_PRIVATE_KEYS', 'PASSWORD_PEPPER'])(
    'refuses to start without %s, absent or empty',
    (name) => {
      for (const value of [undefined, '']) {
        const message = messageOf({ ...production, [name]: value });
        expect(message).toMatch(new RegExp(`^Configuration: ${name} is required[^;\r\n]*$`));
      }
    },
  );

  it('names all missing URLs in one line', () => {
    expect(messageOf({ ...secrets, NODE_ENV: 'production' })).toBe(
      `Configuration: ${['DATABASE_URL', 'SMTP_URL', 'PUBLIC_URL', 'APP_URL']
        .map((name) => `${name} is required in production`)
        .join('; ')}`,
    );
  });

  it('names all six required settings in one line, whether absent or empty', () => {
    const names = [
      'JWT_PRIVATE_KEYS',
      'PASSWORD_PEPPER',
      'DATABASE_URL',
      'SMTP_URL',
      'PUBLIC_URL',
      'APP_URL',
    ];
    const empty = Object.fromEntries(names.map((name) => [name, '']));
    for (const env of [{}, empty]) {
      const message = messageOf({ ...env, NODE_ENV: 'production' });
      expect(message).toMatch(/^Configuration: [^\r\n]+$/);
      for (const name of names) expect(message.split(`${name} is required`)).toHaveLength(2);
    }
  });

  it('names missing and wrong settings together', () => {
    const message = messageOf({ ...production, SMTP_URL: undefined, PORT: 'x' });
    expect(message).toMatch(/^Configuration: PORT must [^;]+; SMTP_URL is required in production$/);
  });

  it.each(['PUBLIC_URL', 'APP_URL'])('rejects an unencrypted %s', (name) => {
    for (const value of [
      'http://example.com',
      'http://10.0.0.1',
      'http://localhost.example.com',
      'HTTP://a.b',
    ]) {
      expect(messageOf({ ...production, [name]: value })).toBe(
        `Configuration: ${name} must start with https:// in production`,
      );
    }
  });

  it.each(['http://localhost:3000', 'http://127.0.0.1', 'http://[::1]:8080'])(
    'lets %s stay on this machine',
    (url) => {
      expect(parseConfig({ ...production, PUBLIC_URL: url, APP_URL: url }).publicUrl).toBe(url);
    },
  );

  it('rejects a bcrypt cost that is too low', () => {
    expect(messageOf({ ...production, BCRYPT_COST: '9' })).toBe(
      'Configuration: BCRYPT_COST must be at least 10 in production',
    );
    expect(parseConfig({ ...production, BCRYPT_COST: '10' }).bcryptCost).toBe(10);
    expect(parse({ BCRYPT_COST: '4' }).bcryptCost).toBe(4);
  });
});

it('a URL whose parts cannot be decoded is refused at the start, not when it is used', () => {
  for (const name of ['DATABASE_URL', 'SMTP_URL']) {
    const url = `${name === 'SMTP_URL' ? 'smtp' : 'postgres'}://us:100%@host/name`;
    expect(messageOf({ ...secrets, [name]: url })).toBe(`Configuration: ${name} must write a % as %25`);
  }
});

it.each([
  'postgres://ada@%2Frun%2Fpostgresql/linkgrove',
  'postgres:///linkgrove?host=/run/postgresql&user=ada',
  'postgres://ada:secret@/linkgrove?host=/run/postgresql',
])('a database can be named by its socket: %s', (url) => {
  expect(parse({ DATABASE_URL: url }).databaseUrl).toBe(url);
});

it('a SHUTDOWN_TIMEOUT that is shorter than the drain is refused', () => {
  expect(messageOf({ ...production, SHUTDOWN_TIMEOUT: '4s' })).toBe(
    'Configuration: SHUTDOWN_TIMEOUT must be at least 5s',
  );
  expect(messageOf({ ...secrets, SHUTDOWN_TIMEOUT: '1s' })).toBe(
    'Configuration: SHUTDOWN_TIMEOUT must be at least 2s',
  );
});

it('names in the environment that look like settings are warned of, and others are not', () => {
  const env = {
    PATH: '/bin',
    PORT: '1',
    RATE_LIMIT_LOGINS: '1',
    WORKER_CONCURENCY_BULK: '1',
    CORS_ORIGIN: 'x',
    MAILFROM: 'x',
  };
  expect(listEnvironmentWarnings(env)).toEqual([
    'RATE_LIMIT_LOGINS is not a setting; did you mean RATE_LIMIT_LOGIN?',
    'WORKER_CONCURENCY_BULK is not a setting',
    'CORS_ORIGIN is not a setting; did you mean CORS_ORIGINS?',
    'MAILFROM is not a setting; did you mean MAIL_FROM?',
  ]);
  for (const threads of ['0', 'four', '5000'])
    expect(listEnvironmentWarnings({ UV_THREADPOOL_SIZE: threads })).toHaveLength(1);
  expect(listEnvironmentWarnings({ UV_THREADPOOL_SIZE: '8' })).toEqual([]);
});

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const run = promisify(execFile);
const MODULE = new URL('./logger.ts', import.meta.url).href;

type Line = Record<string, unknown> & { err?: Record<string, unknown> };

/** The lines that a process of its own writes where these statements use its `logger`. */
async function linesOf(statements: string): Promise<Line[]> {
  const script = `
    const { createLogger } = await import('${MODULE}');
    const logger = createLogger({ level: 'info', name: 'test' });
    ${statements}`;
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script]);
  return stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Line);
}

describe('an error in the log', () => {
  it('has type, message, stack, code and cause, but no row values from PostgreSQL', async () => {
    const [line] = await linesOf(`
      const row = { detail: 'Key (email)=(ada@example.com)', hint: 'hunter2', where: 'hunter2', parameters: ['hunter2'] };
      const cause = Object.assign(new TypeError('the cause'), { code: '23505', table: 'users', ...row });
      logger.error({ err: Object.assign(new Error('the error', { cause }), { code: 'INTERNAL', ...row }) }, 'Failed');`);
    expect(line).toMatchObject({ name: 'test', msg: 'Failed' });
    expect(line?.err).toEqual({
      type: 'Error',
      message: 'the error',
      stack: expect.stringContaining('Error: the error\n') as string,
      code: 'INTERNAL',
      cause: {
        type: 'TypeError',
        message: 'the cause',
        stack: expect.stringContaining('TypeError: the cause\n') as string,
        code: '23505',
      },
    });
    expect(JSON.stringify(line)).not.toMatch(/ada@example|hunter2|users/);
  });

  it('is written the same way when it is logged alone', async () => {
    const [line] = await linesOf(`logger.error(Object.assign(new Error('no'), { detail: 'hunter2' }));`);
    expect(line).toMatchObject({ msg: 'no', err: { type: 'Error', message: 'no' } });
    expect(Object.keys(line?.err ?? {}).toSorted()).toEqual(['message', 'stack', 'type']);
  });

  it('may be any thrown value', async () => {
    const lines = await linesOf(`
      for (const err of ['text', 7, null, { detail: 'hunter2' }]) logger.error({ err }, 'Failed');
      logger.error({ err: new Error('no', { cause: 'a word' }) });`);
    expect(lines.slice(0, 4).map((line) => line.err)).toEqual([
      { type: 'string', message: 'text' },
      { type: 'number', message: '7' },
      { type: 'object', message: 'null' },
      { type: 'object', message: '[object Object]' },
    ]);
    expect(lines[4]?.err?.['cause']).toEqual({ type: 'string', message: 'a word' });
  });
});

describe('a secret in the log', () => {
  it('is redacted down to the second level', async () => {
    const [line] = await linesOf(`
      const secrets = { password: 'hunter2', token: 'hunter2', refreshToken: 'hunter2', cookie: 'hunter2' };
      const headers = { authorization: 'hunter2', cookie: 'hunter2', accept: 'any' };
      logger.info({ ...secrets, input: { ...secrets, email: 'ada' }, headers, req: { headers } }, 'Called');`);
    expect(line).toMatchObject({ password: '[redacted]', input: { token: '[redacted]', email: 'ada' } });
    expect(line?.['headers']).toMatchObject({ authorization: '[redacted]', accept: 'any' });
    expect(line?.['req']).toMatchObject({ headers: { authorization: '[redacted]', accept: 'any' } });
  });
});

describe('an API key in the log', () => {
  it('is masked, wherever it got into, while its start stays', async () => {
    const key = `lg_live_${'Ab3'.repeat(17)}`;
    const lines = await linesOf(`
      const key = '${key}';
      logger.info({ path: '/api/keys/' + key, deep: { deeper: { header: key } }, start: key.slice(0, 14) }, 'Used ' + key + ', twice: ' + key);
      logger.error({ err: new Error('no such key ' + key, { cause: new Error(key) }) }, 'Failed');
      logger.warn({ headers: { 'x-api-key': 'nonsense', authorization: 'Bearer ' + key }, apiKey: 'nonsense' });`);
    const text = JSON.stringify(lines);
    expect(text).not.toContain(key.slice(8));
    expect(text).not.toContain('nonsense');
    expect(lines[0]).toMatchObject({
      path: '/api/keys/lg_live_[redacted]',
      start: 'lg_live_Ab3Ab3',
      msg: 'Used lg_live_[redacted], twice: lg_live_[redacted]',
    });
  });
});

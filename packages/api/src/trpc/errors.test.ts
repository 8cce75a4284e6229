import { TRPCError } from '@trpc/server';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { AppError, toProblem } from '../core/errors.ts';
import { singleLineSchema } from '../core/text/validation.ts';
import { emailAddress, newPassword } from '../features/users/schema.ts';
import { toAppError } from './errors.ts';

const schema = z.strictObject({
  email: emailAddress,
  password: newPassword,
  profile: z.strictObject({ name: singleLineSchema(1, 10), age: z.number().int().min(0) }).optional(),
  blocks: z.array(z.strictObject({ title: singleLineSchema(1, 10) })).optional(),
});
const good = { email: 'ada@example.com', password: 'correct horse' };

/** What someone gets who sent this. */
function refused(input: unknown): AppError {
  const { error } = schema.safeParse(input);
  if (!error) throw new Error('This input was taken');
  return toAppError(error);
}
const rows = (input: unknown) => refused(input).errors;

describe('an invalid input', () => {
  it('gives 400 and a message for each wrong member', () => {
    const error = refused({ ...good, email: 'ada' });
    expect(error).toMatchObject({ code: 'VALIDATION_FAILED', status: 400 });
    expect(error.errors).toEqual([
      { path: 'email', message: 'Enter an email address such as ada@example.com', code: 'custom' },
    ]);
    expect(error.message).toBe('email: Enter an email address such as ada@example.com');
  });

  it('gives one error per member, however much is wrong with it', () => {
    const input = { email: '\0'.repeat(300), password: '\0', profile: { name: '\0'.repeat(99), age: -1.5 } };
    const paths = rows(input)?.map((row) => row.path);
    expect(paths).toEqual(['email', 'password', 'profile.name', 'profile.age']);
  });

  it('reports a missing member as required', () => {
    expect(rows({})).toEqual([
      { path: 'email', message: 'Required', code: 'required' },
      { path: 'password', message: 'Required', code: 'required' },
    ]);
    expect(rows({ ...good, profile: { age: 1 } })).toEqual([
      { path: 'profile.name', message: 'Required', code: 'required' },
    ]);
    const { error } = z
      .object({ role: z.enum(['user', 'admin']), at: z.union([z.string(), z.number()]) })
      .safeParse({});
    expect(toAppError(error).errors).toEqual([
      { path: 'role', message: 'Required', code: 'required' },
      { path: 'at', message: 'Required', code: 'required' },
    ]);
  });

  it('names the right type of a member of the wrong type', () => {
    expect(rows({ ...good, email: 7 })).toEqual([
      { path: 'email', message: 'Must be of type string', code: 'invalid_type' },
    ]);
    expect(rows({ ...good, email: null })?.[0]).toMatchObject({ code: 'invalid_type' });
  });

  it('gives one error per unknown member, at any depth', () => {
    const unknown = { message: 'Unknown field', code: 'unknown_member' };
    expect(rows({ ...good, role: 'admin', id: 1 })).toEqual([
      { path: 'role', ...unknown },
      { path: 'id', ...unknown },
    ]);
    expect(rows({ ...good, profile: { name: 'Ada', age: 1, role: 'admin' } })).toEqual([
      { path: 'profile.role', ...unknown },
    ]);
  });

  it('reports known and unknown members together', () => {
    expect(
      rows({ email: 'ada', extra: 1 })
        ?.map((row) => row.path)
        .toSorted(),
    ).toEqual(['email', 'extra', 'password']);
  });

  it('names the wrong element of a list', () => {
    const blocks = [{ title: 'one' }, { title: '' }, { title: 'three', x: 1 }];
    expect(rows({ ...good, blocks })?.map((row) => row.path)).toEqual(['blocks.1.title', 'blocks.2.x']);
  });

  it('has an empty path if it is not an object', () => {
    for (const input of [undefined, null, [], 'text', 7]) {
      const error = refused(input);
      expect(error.errors).toHaveLength(1);
      expect(error.errors?.[0]?.path).toBe('');
      expect(error.message).toMatch(/^(Must [\w ]+|Required)$/);
    }
  });

  it('is never quoted in the answer', () => {
    const secret = fc.uuid();
    fc.assert(
      fc.property(secret, fc.constantFrom('email', 'password', 'profile', 'blocks'), (value, member) => {
        const wrong = member === 'password' ? `${value}\0` : value;
        expect(JSON.stringify(toProblem(refused({ ...good, [member]: wrong }), 'r'))).not.toContain(value);
      }),
    );
  });

  it('gives one error per path, each with message and code, for any input', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.object(), fc.record({ email: fc.anything(), profile: fc.object() })),
        (input) => {
          const all = refused(input).errors ?? [];
          expect(all.length).toBeGreaterThan(0);
          expect(new Set(all.map((row) => row.path)).size).toBe(all.length);
          for (const row of all) expect(row.message && row.code).toMatch(/^\w+$/);
        },
      ),
    );
  });
});

describe('a TRPCError', () => {
  const { error: zodError } = schema.safeParse({});

  it('becomes the AppError that it wraps', () => {
    const cause = new AppError('EMAIL_TAKEN', 'Email already in use');
    expect(toAppError(cause)).toBe(cause);
    expect(toAppError(new TRPCError({ code: 'INTERNAL_SERVER_ERROR', cause }))).toBe(cause);
    expect(toAppError(new TRPCError({ code: 'BAD_REQUEST', cause }))).toBe(cause);
  });

  it('becomes a list of members for an invalid input', () => {
    const error = toAppError(new TRPCError({ code: 'BAD_REQUEST', cause: zodError }));
    expect(error).toMatchObject({ code: 'VALIDATION_FAILED', status: 400 });
    expect(error.errors?.map((row) => row.path)).toEqual(['email', 'password']);
  });

  it('becomes INTERNAL without details for an invalid output', () => {
    const error = toAppError(
      new TRPCError({ code: 'INTERNAL_SERVER_ERROR', message: 'Output validation failed', cause: zodError }),
    );
    expect(error).toMatchObject({ code: 'INTERNAL', status: 500, errors: undefined, cause: zodError });
  });

  it.each([
    ['BAD_REQUEST', 'VALIDATION_FAILED', 400],
    ['PARSE_ERROR', 'VALIDATION_FAILED', 400],
    ['NOT_FOUND', 'NOT_FOUND', 404],
    ['METHOD_NOT_SUPPORTED', 'METHOD_NOT_ALLOWED', 405],
    ['UNSUPPORTED_MEDIA_TYPE', 'UNSUPPORTED_MEDIA_TYPE', 415],
    ['PAYLOAD_TOO_LARGE', 'PAYLOAD_TOO_LARGE', 413],
    ['INTERNAL_SERVER_ERROR', 'INTERNAL', 500],
  ] as const)('is, for its code %s, our %s with %d and words of our own', (code, ours, status) => {
    const thrown = new TRPCError({ code, message: 'No "query"-procedure on path "secret/path"' });
    const error = toAppError(thrown);
    expect(error).toMatchObject({ code: ours, status });
    expect(error.message).not.toContain('secret');
    expect(error.cause).toBe(thrown);
  });
});

describe('an unexpected error', () => {
  const fault = (more: object, message = 'the message of the cause') =>
    Object.assign(new Error(message), more);

  it.each([
    ['nobody listens', fault({ code: 'ECONNREFUSED' })],
    ['a connection breaks', fault({ code: 'ECONNRESET' })],
    ['the name of the server is unknown', fault({ code: 'ENOTFOUND' })],
    ['a statement takes too long', fault({ code: '57014' })],
    ['the server stops', fault({ code: '57P01' })],
    ['there are too many connections', fault({ code: '53300' })],
    ['the disk is full', fault({ code: '53100' })],
    ['two transactions wait for each other', fault({ code: '40P01' })],
    ['the server is away', fault({ code: 'EHOSTUNREACH' })],
    ['the network is away', fault({ code: 'ENETUNREACH' })],
    ['the name of the server cannot be looked up now', fault({ code: 'EAI_AGAIN' })],
    [
      'a connection broke while it was lent out',
      fault({}, 'Client has encountered a connection error and is not queryable'),
    ],
    ['the server only lets read', fault({ code: '25006' })],
    ['every connection is taken', fault({}, 'timeout exceeded when trying to connect')],
    ['the server hangs up', fault({}, 'Connection terminated unexpectedly')],
    ['the server does not answer', fault({}, 'Query read timeout')],
  ])('becomes UNAVAILABLE with a time to retry if %s', (_, cause) => {
    for (const thrown of [cause, new TRPCError({ code: 'INTERNAL_SERVER_ERROR', cause })]) {
      const error = toAppError(thrown);
      expect(error).toMatchObject({ code: 'UNAVAILABLE', status: 503, retryAfterSeconds: 2, cause });
      expect(error.message).not.toContain(cause.message);
    }
  });

  it.each([
    ['a constraint refuses', fault({ code: '23505', constraint: 'users_email_key' })],
    ['a statement is wrong', fault({ code: '42601' })],
    ['the code is wrong', new TypeError('Cannot read properties of undefined')],
  ])('becomes INTERNAL if %s', (_, cause) => {
    expect(toAppError(cause)).toMatchObject({ code: 'INTERNAL', status: 500, cause });
  });

  it('becomes INTERNAL without details for anything else', () => {
    const anything = fc.oneof(
      fc.uuid().map((text) => new Error(text)),
      fc.uuid().map((text) => new TRPCError({ code: 'INTERNAL_SERVER_ERROR', message: text })),
      fc.uuid().map((message) => new TRPCError({ code: 'INTERNAL_SERVER_ERROR', cause: new Error(message) })),
      fc.uuid(),
      fc.uuid().map((message) => ({ message, status: 200, code: 'EMAIL_TAKEN' })),
    );
    fc.assert(
      fc.property(anything, (thrown) => {
        const error = toAppError(thrown);
        expect(error).toMatchObject({ code: 'INTERNAL', status: 500 });
        const secret = typeof thrown === 'string' ? thrown : thrown.message;
        expect(JSON.stringify(toProblem(error, 'r'))).not.toContain(secret);
        expect(error.cause).toBeDefined();
      }),
    );
  });

  it.each([[null], [undefined], [0], [''], [Symbol('x')], [[]], [() => 1]])(
    'becomes INTERNAL for %o',
    (thrown) => {
      expect(toAppError(thrown)).toMatchObject({ code: 'INTERNAL', status: 500 });
    },
  );
});

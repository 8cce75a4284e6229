import { type Endpoint, endpoints } from '@linkgrove/api';
import fc from 'fast-check';
import { beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { type Answer, setRole, type SignedUp, useTestServer } from '../kit/index.ts';

// Any input must be handled or refused, the same way on both transports. fast-check prints the seed and path of
// a failure; enter them here to reproduce it.
const SEED = 20_260_101;
const RUNS = 40;

const server = useTestServer();
let person: SignedUp;
let admin: SignedUp;
beforeAll(async () => {
  [person, admin] = [await server.signUp(), await server.signUp()];
  await setRole(server, admin, 'admin');
});

// JSON cannot express this number; it replaces the placeholder in the text.
const ENDLESS = '@1e999@';
const toJsonText = (input: unknown) => JSON.stringify(input).replaceAll(JSON.stringify(ENDLESS), '1e999');

const nested = (depth: number): unknown =>
  depth === 0 ? 1 : depth % 2 ? [nested(depth - 1)] : { a: nested(depth - 1) };
const HOSTILE: unknown[] = [
  '',
  ' ',
  '\0',
  'a\0b',
  '\ud800',
  'a\udfffb',
  '\u202eevil',
  '\u200f',
  '\ufeff',
  '\ufffe',
  '🦊👩‍🚀',
  '..',
  '%00',
  '%zz',
  "' or 1=1--",
  '${7*7}',
  '<script>',
  'null',
  'true',
  '9007199254740993',
  '2027-02-30T00:00:00Z',
  '9999-12-31T23:59:59.999Z',
  '9999-12-31T23:59:59-14:00',
  'x'.repeat(100_000),
  0,
  -1,
  0.5,
  1e9,
  2 ** 31,
  2 ** 53 + 2,
  1e308,
  ENDLESS,
  true,
  false,
  null,
  [],
  {},
  ['x'],
  [null],
  nested(59),
  JSON.parse('{"__proto__":{"isAdmin":true}}'),
  JSON.parse('{"constructor":{"prototype":{"isAdmin":true}}}'),
];
const hostile = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...HOSTILE) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 3 }) },
);

type Schema = {
  type?: string;
  format?: string;
  enum?: unknown[];
  anyOf?: Schema[];
  properties?: Record<string, Schema>;
};

/** Valid values of a member, as far as its schema tells. */
function proper(schema: Schema): fc.Arbitrary<unknown> {
  if (schema.enum) return fc.constantFrom(...schema.enum);
  if (schema.anyOf) return fc.oneof(...schema.anyOf.map(proper));
  if (schema.format === 'uuid') return fc.uuid({ version: 7 });
  if (schema.format === 'email') return fc.emailAddress();
  if (schema.format === 'date-time')
    return fc.constantFrom('2099-01-31T12:00:00Z', '2099-01-31T12:00:00+02:00');
  if (schema.type === 'integer' || schema.type === 'number') return fc.integer({ min: 1, max: 100 });
  if (schema.type === 'boolean') return fc.boolean();
  if (schema.type === 'null') return fc.constant(null);
  return fc.oneof(
    fc.stringMatching(/^[a-z][a-z0-9]{3,20}$/),
    fc.constantFrom('correct-horse-battery', person.username, person.email),
    fc.string({ unit: 'grapheme', maxLength: 30 }),
  );
}

function schemaOf({ procedure }: Endpoint): Schema {
  const [schema] = procedure._def.inputs as z.ZodType[];
  return schema ? (z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Schema) : {};
}

function inputsOf(endpoint: Endpoint): fc.Arbitrary<unknown> {
  const properties = schemaOf(endpoint).properties ?? {};
  const members = Object.fromEntries(
    Object.entries(properties).map(([name, schema]) => [
      name,
      fc.oneof({ weight: 3, arbitrary: proper(schema) }, { weight: 2, arbitrary: hostile }),
    ]),
  );
  const record = fc.record(members, { requiredKeys: [] });
  const extra = fc.tuple(
    record,
    fc.constantFrom('role', 'userId', '__proto__', 'constructor', '\0'),
    hostile,
  );
  const withExtra = extra.map(([rest, name, value]) =>
    Object.defineProperty({ ...rest }, name, { value, enumerable: true, configurable: true, writable: true }),
  );
  return fc.oneof(
    { weight: 7, arbitrary: record },
    { weight: 1, arbitrary: withExtra },
    { weight: 1, arbitrary: hostile },
  );
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A path segment, or null if the value cannot be in a path. */
function segment(value: unknown): string | null {
  if (typeof value !== 'string' || value === ENDLESS || !value.isWellFormed() || /^\.{0,2}$/.test(value))
    return null;
  const text = encodeURIComponent(value);
  return text.length > 900 ? null : text;
}

/** A query, or null if text would mean something else than over tRPC. */
function queryOf(input: Record<string, unknown>, properties: Record<string, Schema>): string | null {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(input)) {
    const isNumber = /^(integer|number)$/.test(properties[name]?.type ?? '');
    const isFaithful = isNumber
      ? typeof value === 'number' && Number.isInteger(value)
      : typeof value === 'string' && value !== ENDLESS;
    const text = String(value);
    if (!isFaithful || !text.isWellFormed() || !name.isWellFormed() || text.length > 5_000) return null;
    query.append(name, text);
  }
  return query.toString();
}

type Call = { method: string; path: string; body?: string };

/** The REST call with this input, or null if there is none. */
function restCall(endpoint: Endpoint, input: unknown): Call | null {
  const { rest } = endpoint;
  const names = [...rest.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name as string);
  const isQuery = rest.method === 'GET';
  if (!isObject(input)) {
    if (isQuery || names.length > 0 || input === undefined) return null;
    return { method: rest.method, path: rest.path, body: toJsonText(input) };
  }
  const left = { ...input };
  let path: string = rest.path;
  for (const name of names) {
    const text = segment(left[name]);
    if (text === null) return null;
    path = path.replace(`{${name}}`, text);
    delete left[name];
  }
  if (!isQuery) return { method: rest.method, path, body: toJsonText(left) };
  const query = queryOf(left, schemaOf(endpoint).properties ?? {});
  return query === null ? null : { method: 'GET', path: `${path}?${query}` };
}

function trpcCall({ name, procedure }: Endpoint, input: unknown): Call | null {
  const text = toJsonText(input);
  if (procedure._def.type !== 'query') return { method: 'POST', path: `/trpc/${name}`, body: text };
  const path = `/trpc/${name}?input=${encodeURIComponent(text)}`;
  return path.length > 15_000 ? null : { method: 'GET', path };
}

const send = ({ method, path, body }: Call, token: string | undefined) =>
  server.call(method, path, { ...(token !== undefined && { token }), ...(body !== undefined && { body }) });
const verdictOf = ({ status, body }: Answer): string =>
  `${status} ${(body?.error?.data ?? body)?.code ?? ''}`.trim();
const INVALID = '400 VALIDATION_FAILED';

/** Only a call that did something, or found no session, can have ended it. */
let mayHaveEnded = false;
const noteVerdict = (verdict: string) => (mayHaveEnded ||= /^(2|401)/.test(verdict));
/** The token of a signed-in user; renewed when a procedure has ended the session. */
async function signedIn({ name }: Endpoint): Promise<string> {
  if (name.startsWith('admin.')) return admin.token;
  if (mayHaveEnded && (await server.call('GET', '/api/me', { token: person.token })).status !== 200)
    person = await server.signUp();
  mayHaveEnded = false;
  return person.token;
}

it.each(endpoints.map((endpoint) => [endpoint.name, endpoint] as const))(
  'I1 I3 I4 I6 I7 I10 I14 any input to %s is handled or refused the same way on both transports',
  async (_name, endpoint) => {
    await fc.assert(
      fc.asyncProperty(inputsOf(endpoint), fc.boolean(), async (input, isSignedIn) => {
        const token = isSignedIn ? await signedIn(endpoint) : undefined;
        const calls = [restCall(endpoint, input), trpcCall(endpoint, input)];
        const verdicts: string[] = [];
        for (const one of calls) if (one) verdicts.push(verdictOf(await send(one, token)));
        for (const verdict of verdicts) {
          noteVerdict(verdict);
          expect(verdict).not.toMatch(/^5/);
        }
        if (verdicts.includes(INVALID)) expect(new Set(verdicts)).toEqual(new Set([INVALID]));
      }),
      { numRuns: RUNS, seed: SEED, endOnFailure: true },
    );
    expect(({} as Record<string, unknown>)['isAdmin']).toBeUndefined();
  },
);

it('I1 the server is healthy after the fuzzing', async () => {
  expect((await server.call('GET', '/readyz')).status).toBe(200);
  expect((await server.signUp()).user.role).toBe('user');
});

import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setImmediate } from 'node:timers/promises';
import type { Endpoint } from '@linkgrove/api';
import { z } from 'zod';
import { range } from './parallel.ts';

/** How long one request may hold the event loop on a machine that has nothing else to do. */
export const MAX_STALL_MS = 50;

/** Measures the longest time for which the loop was held while `act` ran, in ms. */
export async function measureStall(act: () => Promise<unknown>): Promise<number> {
  await setImmediate();
  const delays = monitorEventLoopDelay({ resolution: 1 });
  delays.enable();
  await setImmediate();
  await act();
  await setImmediate();
  delays.disable();
  return delays.max / 1e6;
}

const MEBIBYTE = 1_048_576;
const MAX_QUERY_LENGTH = 12_000;
const UNITS = {
  letters: 'x',
  brackets: '[',
  marks: '\u0315\u0300',
  labels: 'a.',
  quotes: '"',
  hosts: 'https://ä',
};

const pad = (part: string, length: number) => part.repeat(Math.ceil(length / part.length)).slice(0, length);
const countMembers = (count: number) =>
  Object.fromEntries(range(count).map((index) => [`member${index}`, index]));

/** The names of an input's members. */
function listMembers({ procedure }: Endpoint): string[] {
  const [schema] = procedure._def.inputs;
  if (!(schema instanceof z.ZodType)) return [];
  return Object.keys(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }).properties ?? {});
}

export type HostileRequest = { what: string; body?: string; query?: string };

/** The same for each endpoint. */
const MANY_MEMBERS: HostileRequest[] = [60_000, 2_900].map((count) => ({
  what: `${count.toLocaleString('en')} unknown members`,
  body: JSON.stringify(countMembers(count)),
}));

/** Request bodies that are as large as the limits let in, or larger. */
function* listBodies(members: string[]): Generator<HostileRequest> {
  const repeat = (value: unknown) =>
    JSON.stringify(Object.fromEntries(members.map((member) => [member, value])));
  yield* MANY_MEMBERS;
  for (const length of [500, 8_000]) {
    for (const [name, unit] of Object.entries(UNITS))
      yield { what: `${length} characters of ${name}`, body: repeat(pad(unit, length)) };
  }
  const size = Math.floor(MEBIBYTE / 2.5);
  for (const name of ['letters', 'marks'] as const)
    yield {
      what: `${size} characters of ${name}`,
      body: repeat(pad(UNITS[name], Math.floor(size / Math.max(1, members.length)))),
    };
  if (members.length === 0) return;
  const items = range(Math.floor(2_800 / members.length));
  yield { what: 'lists', body: repeat(items.map(() => 0)) };
  yield { what: 'lists of texts', body: repeat(items.map(() => 'x'.repeat(300))) };
}

function* listQueries(members: string[]): Generator<HostileRequest> {
  for (const [name, unit] of Object.entries(UNITS)) {
    const text = encodeURIComponent(pad(unit, 60)).repeat(200).slice(0, MAX_QUERY_LENGTH);
    const part = text.slice(0, Math.floor(MAX_QUERY_LENGTH / members.length)).replace(/%.?$/, '');
    yield {
      what: `a query of ${name}`,
      query: `?${members.map((member) => `${member}=${part}`).join('&')}`,
    };
  }
}

/** The most expensive inputs that the limits of an endpoint let in. */
export const listHostileRequests = (endpoint: Endpoint): Generator<HostileRequest> =>
  endpoint.rest.method === 'GET' ? listQueries(listMembers(endpoint)) : listBodies(listMembers(endpoint));

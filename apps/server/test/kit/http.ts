import { type App, createSigner, type Endpoint } from '@linkgrove/api';
import { connect } from 'node:net';
import type { Answer } from './client.ts';

/** Sends bytes as they are; returns everything that comes back until the server closes the connection. */
export const sendRaw = (url: string, bytes: string | Buffer): Promise<string> =>
  new Promise((resolve) => {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    let answer = '';
    socket.on('data', (chunk) => (answer += chunk.toString('latin1')));
    socket.on('close', () => resolve(answer));
    socket.on('error', () => resolve(answer));
    socket.write(bytes);
  });

/** The status codes of all responses in what `sendRaw` returned. */
export const readStatuses = (answer: string): number[] =>
  [...answer.matchAll(/^HTTP\/1\.1 (\d{3}) /gm)].map(([, status]) => Number(status));

/** An answer without the parts that differ from one request to the next. */
export const toComparable = ({ status, body, headers }: Answer) => ({
  status,
  body: { ...body, requestId: '' },
  headers: Object.fromEntries([...headers].filter(([name]) => !/^(date|x-request-id|ratelimit)$/.test(name))),
});

/** The problem details of a refusal, over REST or tRPC. */
export const problemOf = ({ body }: Answer) => body?.error?.data ?? body;

/** A UUID that belongs to nothing. */
export const NO_ID = '01900000-0000-7000-8000-000000000000';
/** The REST path of an endpoint with `NO_ID` for each parameter. */
export const fillPath = ({ rest }: Pick<Endpoint, 'rest'>): string => rest.path.replace(/\{\w+\}/g, NO_ID);

export const nowInSeconds = () => Math.floor(Date.now() / 1_000);
/** JSON as base64url, as in the parts of a signed token. */
export const encodeJson = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** The cookie of a visit, signed with the server's own key. */
export const signVisitCookie = ({ config }: Pick<App, 'config'>, text: string) =>
  `referral=${createSigner(config.rootPepper, 'linkgrove attribution').sign(text)}`;

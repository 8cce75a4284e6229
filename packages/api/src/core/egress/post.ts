import { Agent as HttpAgent, type IncomingMessage, request as requestHttp } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { finished } from 'node:stream/promises';
import type { Destination } from './judge.ts';

export type Answer = { status: number; retryAfter: string | undefined; body: string };

// Agents of their own, as the global ones may use a proxy of the environment. A new connection for each request, as
// one that is kept may lead to an address that was judged for another host.
const httpAgent = new HttpAgent({ keepAlive: false });
const httpsAgent = new HttpsAgent({ keepAlive: false });

/** Answers with the judged addresses, so that a name that resolves differently by now changes nothing. */
const createPinnedLookup = (addresses: string[]): LookupFunction => {
  const found = addresses.map((address) => ({ address, family: isIP(address) }));
  return (_host, options, done) => {
    if (options.all) return done(null, found);
    const [first] = found;
    return first
      ? done(null, first.address, first.family)
      : done(new Error('The host has no address'), '', 0);
  };
};

/** An answer that breaks off counts as far as it came: its status was there. */
async function readStart(response: IncomingMessage, bytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  response.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    length += chunk.length;
    if (length >= bytes) response.destroy();
  });
  await finished(response).catch(() => {});
  return Buffer.concat(chunks).subarray(0, bytes).toString('utf8');
}

/** Follows no redirect and uses no proxy. Reads at most `bodyBytes` of the answer. Throws if none comes in time. */
export async function sendToDestination(
  { url, addresses }: Destination,
  request: { body: Buffer; headers: Record<string, string>; bodyBytes: number; signal: AbortSignal },
): Promise<Answer> {
  const { body, headers, bodyBytes, signal } = request;
  const send = url.protocol === 'https:' ? requestHttps : requestHttp;
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const outgoing = send(url, {
    method: 'POST',
    agent: url.protocol === 'https:' ? httpsAgent : httpAgent,
    lookup: createPinnedLookup(addresses),
    headers: { ...headers, 'content-length': String(body.length) },
    signal,
  });
  outgoing
    .on('response', resolve)
    .on('error', reject)
    // Without an error: the server switched to another protocol.
    .on('close', () => reject(new Error('The connection was closed without an answer')))
    .end(body);
  try {
    const response = await promise;
    const text = bodyBytes > 0 ? await readStart(response, bodyBytes) : '';
    return { status: response.statusCode ?? 0, retryAfter: response.headers['retry-after'], body: text };
  } finally {
    outgoing.destroy();
  }
}

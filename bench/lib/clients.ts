import { connect, type Socket } from 'node:net';

export type Answer = { status: number; body: string };

/** A minimal HTTP client: one kept-alive connection with one request at a time. */
export type Client = { send: (request: string) => Promise<Answer>; close: () => void };

const LENGTH = /\r\ncontent-length: (\d+)\r\n/i;

/** Parses the answer; undefined while it is incomplete. */
function readAnswer(received: Buffer): Answer | undefined {
  const end = received.indexOf('\r\n\r\n');
  if (end === -1) return undefined;
  const head = received.toString('latin1', 0, end + 2);
  const length = Number(LENGTH.exec(head)?.[1] ?? 0);
  const start = end + 4;
  if (received.length < start + length) return undefined;
  return { status: Number(head.slice(9, 12)), body: received.toString('utf8', start, start + length) };
}

export function openClient(port: number): Client {
  const socket: Socket = connect(port, '127.0.0.1').setNoDelay();
  let received = Buffer.alloc(0);
  let waiting: PromiseWithResolvers<Answer> | undefined;
  socket.on('error', (error) => waiting?.reject(error));
  socket.on('close', () => waiting?.reject(new Error('The server closed the connection')));
  socket.on('data', (chunk) => {
    received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
    const answer = readAnswer(received);
    if (!answer) return;
    received = Buffer.alloc(0);
    waiting?.resolve(answer);
  });
  return {
    send: (request) => {
      waiting = Promise.withResolvers();
      socket.write(request);
      return waiting.promise;
    },
    close: () => socket.destroy(),
  };
}

export type Request = {
  method: string;
  path: string;
  body?: object;
  headers?: Record<string, string>;
};

export function formatRequest({ method, path, body, headers = {} }: Request): string {
  const text = body === undefined ? '' : JSON.stringify(body);
  const all = {
    host: '127.0.0.1',
    'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
    ...headers,
    ...(body !== undefined && {
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(text)),
    }),
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n${text}`;
}

import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { cleanUpLater } from './clean-up.ts';

export type Received = {
  id: string;
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look into it freely
  event: any;
};

type Answer = (response: ServerResponse, request: Received) => void;

export type Receiver = {
  url: string;
  received: Received[];
  /** Decides all answers from now on. */
  answer: Answer;
  close: () => Promise<void>;
  /** The requests of one type of event. */
  ofType: (type: string) => Received[];
};

const answerWith =
  (status: number, headers: Record<string, string> = {}): Answer =>
  (response) =>
    void response.writeHead(status, headers).end();

export const ANSWERS = {
  ok: answerWith(204),
  broken: answerWith(500),
  gone: answerWith(410),
  busy: (seconds: string) => answerWith(429, { 'retry-after': seconds }),
  redirect: (to: string) => answerWith(302, { location: to }),
  never: (() => {}) as Answer,
};

/** A program of somebody else that receives webhooks at any path. Closed after the test. */
export async function startReceiver(answer: Answer = ANSWERS.ok): Promise<Receiver> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      const { headers, url: path = '' } = request;
      const one = { id: String(headers['webhook-id']), path, headers, body, event: JSON.parse(body) };
      receiver.received.push(one);
      receiver.answer(response, one);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const receiver: Receiver = {
    url: `http://127.0.0.1:${port}`,
    received: [],
    answer,
    close: async () => {
      server.closeAllConnections();
      server.close();
    },
    ofType: (type) => receiver.received.filter(({ event }) => event.type === type),
  };
  cleanUpLater(receiver.close);
  return receiver;
}

/** Verifies as a stranger would. Throws unless the signature is right. */
export const verifyAsStranger = ({ body, headers }: Received, secret: string): unknown =>
  new Webhook(secret).verify(body, headers as Record<string, string>);

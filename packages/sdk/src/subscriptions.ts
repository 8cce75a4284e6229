import type { AppRouter } from '@linkgrove/api/contract';
import { type Operation, type OperationResultEnvelope, TRPCClientError } from '@trpc/client';
import type { Unsubscribable } from '@trpc/server/observable';
import { createAbortedError, LinkgroveError, toLinkgroveError } from './errors.ts';
import { findBackoffMs, shouldRetry, waitFor } from './retries.ts';
import type { Answer, Send, Session } from './session.ts';
import { withTokens } from './transport.ts';

/** A stream that sends nothing for so long is taken for broken. An open feed sends every two seconds. */
const MAX_SILENCE_MS = 30_000;

export type OpenStream = {
  canStream: () => boolean;
  send: (op: Operation, signal: AbortSignal) => Promise<Response>;
};

const createNoStreamError = () =>
  new LinkgroveError({
    code: 'UNSUPPORTED',
    status: 0,
    detail:
      'This `fetch` cannot read a stream. Give the client one that can, such as that of expo/fetch, or query the numbers now and then.',
  });

type Envelope = OperationResultEnvelope<unknown, TRPCClientError<AppRouter>>;
type Observer = { next: (envelope: Envelope) => void; error: (error: LinkgroveError) => void };

type StreamEvent = { name: string; data: string };
type Stream = Answer & { first: unknown; rest: AsyncGenerator<StreamEvent> };

function parseEvent(block: string): StreamEvent {
  const event = { name: 'message', data: '' };
  for (const line of block.split(/\r?\n/)) {
    if (line.startsWith('event:')) event.name = line.slice(6).trim();
    if (line.startsWith('data:')) event.data += line.slice(5).trim();
  }
  return event;
}

/** Server-sent events (WHATWG HTML). Ends with the stream. */
async function* readEvents(response: Response, onBytes: () => void): AsyncGenerator<StreamEvent> {
  if (!response.body?.getReader) throw createNoStreamError();
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let text = '';
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      onBytes();
      text += decoder.decode(part.value, { stream: true });
      const blocks = text.split(/\r?\n\r?\n/);
      text = blocks.pop() ?? '';
      yield* blocks.map(parseEvent);
    }
  } finally {
    reader.cancel().catch(() => undefined);
  }
}

/** Undefined for events without data. Throws what the API answers instead. */
function readData({ name, data }: StreamEvent, response: Response): unknown {
  if (name === 'serialized-error') {
    const error = TRPCClientError.from({ error: JSON.parse(data) }, { meta: { response } });
    throw toLinkgroveError(error);
  }
  return name === 'message' ? JSON.parse(data) : undefined;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

async function requireStream(response: Response): Promise<void> {
  if (response.headers.get('content-type')?.includes('event-stream')) return;
  const responseJSON: unknown = await response.json();
  const data =
    isRecord(responseJSON) && isRecord(responseJSON['error']) ? responseJSON['error']['data'] : responseJSON;
  throw toLinkgroveError(new TRPCClientError('Refused', { meta: { response, responseJSON: data } }));
}

async function connect(op: Operation, open: OpenStream, stopper: AbortController): Promise<Stream> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const watch = () => {
    clearTimeout(timer);
    timer = setTimeout(() => stopper.abort(), MAX_SILENCE_MS);
  };
  watch();
  stopper.signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
  // It would wait for the end of the stream, which never comes.
  if (!open.canStream()) throw createNoStreamError();
  const response = await open.send(op, stopper.signal);
  await requireStream(response);
  const rest = readEvents(response, watch);
  for (let event = await rest.next(); !event.done; event = await rest.next()) {
    const first = readData(event.value, response);
    if (first !== undefined) return { data: undefined, response, first, rest };
  }
  throw new LinkgroveError({ code: 'NETWORK', status: 0, detail: 'The stream ended before it began' });
}

/** The next connection goes on where this one ended. */
const continueAfter = (op: Operation, data: unknown): Operation =>
  isRecord(data) && isRecord(op.input) && 'cursor' in data
    ? { ...op, input: { ...op.input, cursor: data['cursor'] } }
    : op;

export type OpenSubscription = typeof openSubscription;

/** Connects again whenever the stream ends or breaks, until it is refused or unsubscribed. */
export function openSubscription(
  session: Session,
  given: Operation,
  { open, refresh, observer }: { open: OpenStream; refresh: Send<Answer>; observer: Observer },
): Unsubscribable {
  const end = new AbortController();
  const stop = () => end.abort();
  given.signal?.addEventListener('abort', stop, { once: true });
  if (given.signal?.aborted) stop();
  let op = given;
  const tellConnecting = (error: LinkgroveError | null) =>
    observer.next({ result: { type: 'state', state: 'connecting', error } });
  const take = (data: unknown) => {
    op = continueAfter(op, data);
    observer.next({ result: { type: 'data', data } });
  };

  const follow = async (onOpen: () => void): Promise<void> => {
    const stopper = new AbortController();
    const abort = () => stopper.abort();
    end.signal.addEventListener('abort', abort, { once: true });
    try {
      const { first, rest, response } = await session.run<Stream>({
        path: op.path,
        send: (tokens) => connect(withTokens(op, tokens), open, stopper),
        refresh: async (tokens) => ({ ...(await refresh(tokens)), first: undefined, rest: noEvents() }),
      });
      onOpen();
      take(first);
      for await (const event of rest) {
        const data = response && readData(event, response);
        if (data !== undefined) take(data);
      }
    } finally {
      abort();
      end.signal.removeEventListener('abort', abort);
    }
  };

  const run = async (): Promise<void> => {
    tellConnecting(null);
    for (let failures = 0; !end.signal.aborted; failures += 1) {
      const error = await follow(() => {
        failures = 0;
        observer.next({ result: { type: 'started' } });
        observer.next({ result: { type: 'state', state: 'pending', error: null } });
      }).then(() => null, toLinkgroveError);
      if (end.signal.aborted) break;
      if (error && !shouldRetry(error)) return observer.error(error);
      tellConnecting(error);
      await waitFor(findBackoffMs(failures, error), end.signal).catch(() => undefined);
    }
    if (given.signal?.aborted) observer.error(createAbortedError());
  };
  void run();
  return {
    unsubscribe: () => {
      given.signal?.removeEventListener('abort', stop);
      stop();
    },
  };
}

async function* noEvents(): AsyncGenerator<StreamEvent> {}

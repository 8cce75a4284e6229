import type { AppRouter } from '@linkgrove/api/contract';
import type {
  Operation,
  OperationResultEnvelope,
  OperationResultObservable,
  TRPCClientError,
  TRPCLink,
} from '@trpc/client';
import { observable, type Unsubscribable } from '@trpc/server/observable';
import { createAbortedError, isResponse, LinkgroveError, toAbortError, toLinkgroveError } from './errors.ts';
import { isUpload, UPLOAD_TIMEOUT_MS, withForm } from './forms.ts';
import { sendWithRetries } from './retries.ts';
import type { Answer, Session } from './session.ts';
import type { SessionTokens } from './store.ts';
import type { OpenStream, OpenSubscription } from './subscriptions.ts';
import { withTokens } from './transport.ts';

type Next = (op: Operation) => OperationResultObservable<AppRouter, unknown>;
type Envelope = OperationResultEnvelope<unknown, TRPCClientError<AppRouter>>;
type CallLimits = { timeoutMs: number; retries: number };

const createTimeoutError = (timeoutMs: number): LinkgroveError =>
  new LinkgroveError({
    code: 'NETWORK',
    status: 0,
    detail: `The API did not answer within ${timeoutMs / 1_000} seconds`,
  });

/** Rejects at once when the caller aborts or the time is over, whatever the call is waiting for. */
export const createSessionLink =
  (session: Session, limits: CallLimits, openStream: OpenStream): TRPCLink<AppRouter> =>
  () =>
  ({ op, next }) =>
    observable((observer) => {
      if (op.type === 'subscription') {
        const refresh = (tokens: SessionTokens | null) =>
          sendRefresh(withTokens(op, tokens), next, limits.timeoutMs);
        return loadSubscription(
          (open) => open(session, op, { open: openStream, refresh, observer }),
          observer,
        );
      }
      const stopper = new AbortController();
      const fail = (error: LinkgroveError) => {
        observer.error(error);
        release();
      };
      const onAbort = () => fail(toAbortError(op.signal));
      const timeoutMs = isUpload(op) ? Math.max(limits.timeoutMs, UPLOAD_TIMEOUT_MS) : limits.timeoutMs;
      const timer = setTimeout(() => fail(createTimeoutError(timeoutMs)), timeoutMs);
      const release = () => {
        clearTimeout(timer);
        op.signal?.removeEventListener('abort', onAbort);
        stopper.abort();
      };
      if (op.signal?.aborted) return onAbort();
      op.signal?.addEventListener('abort', onAbort, { once: true });
      runCall(session, { ...withForm(op), signal: stopper.signal }, next, limits).then(
        (envelope) => {
          observer.next(envelope);
          observer.complete();
          release();
        },
        (error: unknown) => fail(toLinkgroveError(error)),
      );
      return release;
    });

/** Loads the code of subscriptions with the first one, as few programs have any. */
function loadSubscription(
  start: (open: OpenSubscription) => Unsubscribable,
  { error: fail }: { error: (error: LinkgroveError) => void },
): Unsubscribable {
  let started: Unsubscribable | undefined;
  let isOver = false;
  import('./subscriptions.ts')
    .then(({ openSubscription }) => {
      if (!isOver) started = start(openSubscription);
    })
    .catch((error: unknown) => fail(toLinkgroveError(error)));
  return {
    unsubscribe: () => {
      isOver = true;
      started?.unsubscribe();
    },
  };
}

async function runCall(session: Session, op: Operation, next: Next, limits: CallLimits): Promise<Envelope> {
  const { envelope } = await session.run({
    path: op.path,
    send: (tokens) =>
      sendWithRetries(() => sendOnce(withTokens(op, tokens), next), {
        retries: op.type === 'query' ? limits.retries : 0,
        signal: op.signal,
      }),
    refresh: (tokens) => sendRefresh(withTokens(op, tokens), next, limits.timeoutMs),
  });
  return envelope;
}

const sendOnce = (op: Operation, next: Next): Promise<Answer & { envelope: Envelope }> =>
  new Promise((resolve, reject) => {
    const { signal } = op;
    if (signal?.aborted) return reject(createAbortedError());
    const stop = () => {
      sent.unsubscribe();
      reject(createAbortedError());
    };
    const finish = (settle: () => void) => {
      signal?.removeEventListener('abort', stop);
      settle();
    };
    // Unsubscribing cancels the request, or the call's part in a batch.
    const sent = next({ ...op, signal: null }).subscribe({
      next: (envelope) => finish(() => resolve(toAnswer(envelope))),
      error: (error) => finish(() => reject(toLinkgroveError(error))),
    });
    signal?.addEventListener('abort', stop, { once: true });
  });

function toAnswer(envelope: Envelope): Answer & { envelope: Envelope } {
  const data = 'data' in envelope.result ? envelope.result.data : undefined;
  return { envelope, data, response: [envelope.context?.['response']].find(isResponse) };
}

// Has a signal of its own, because aborting one call must not abort the refresh that other calls wait for.
async function sendRefresh(op: Operation, next: Next, timeoutMs: number) {
  const stopper = new AbortController();
  const timer = setTimeout(() => stopper.abort(), timeoutMs);
  try {
    const refresh = { path: 'auth.refresh', type: 'mutation', input: undefined } as const;
    return await sendOnce({ ...op, ...refresh, signal: stopper.signal }, next);
  } catch (error) {
    throw stopper.signal.aborted ? createTimeoutError(timeoutMs) : error;
  } finally {
    clearTimeout(timer);
  }
}

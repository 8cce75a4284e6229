import { type App, relay } from '@linkgrove/api/jobs';
import { queueOf, type Queues, QUEUES, type QueueName } from './queues.ts';

const BATCH = 500;

/** Puts a job for each new message of the outbox into its queue; the message's id keeps it single. */
const relayOnce = (app: App, queues: Queues): Promise<number> =>
  relay(app, BATCH, async (messages) => {
    for (const name of Object.keys(QUEUES) as QueueName[]) {
      const due = messages.filter((message) => queueOf(message.topic) === name);
      if (due.length === 0) continue;
      await queues
        .queue(name)
        .addBulk(due.map(({ id, topic }) => ({ name: topic, data: { outboxId: id }, opts: { jobId: id } })));
    }
  });

/**
 * Looks for new messages every `pollMs`. Polling costs an index probe on an empty index; a NOTIFY per
 * sign-up would make all commits of the database wait for one lock.
 */
export function startRelay(app: App, queues: Queues, pollMs: number): { stop: () => Promise<void> } {
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let wake = () => {};
  const pause = () =>
    new Promise<void>((resolve) => {
      wake = resolve;
      timer = setTimeout(resolve, pollMs);
    });
  const loop = async () => {
    while (!stopped) {
      const moved = await relayOnce(app, queues).catch((error: unknown) => {
        app.logger.warn({ err: error }, 'The outbox could not be relayed');
        return 0;
      });
      if (moved < BATCH && !stopped) await pause();
    }
  };
  const done = loop();
  return {
    stop: async () => {
      stopped = true;
      clearTimeout(timer);
      wake();
      await done;
    },
  };
}

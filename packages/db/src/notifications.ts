import pg from 'pg';

const CHANNEL = 'linkgrove';
const RETRY_MS = 1_000;

export type Notifications = {
  /** Tells all listeners, this one included; lost where the database is away. */
  announce: (message: string) => void;
  close: () => Promise<void>;
};

/**
 * Listens on a connection of its own, which comes back by itself. `onMessage` is called for what any process
 * announces, `onError` when the connection breaks; what is announced meanwhile is missed.
 */
export function openNotifications(options: {
  url: string;
  onMessage: (message: string) => void;
  onError: (error: Error) => void;
}): Notifications {
  let closed = false;
  let client: pg.Client | undefined;
  let timer: NodeJS.Timeout | undefined;
  let sending = Promise.resolve();

  const retry = () => {
    client = undefined;
    if (!closed) timer = setTimeout(() => void connect(), RETRY_MS).unref();
  };
  const connect = async (): Promise<void> => {
    const fresh = new pg.Client({
      connectionString: options.url,
      keepAlive: true,
      connectionTimeoutMillis: 3_000,
    });
    fresh.on('error', options.onError);
    fresh.on('notification', ({ payload }) => options.onMessage(payload ?? ''));
    fresh.once('end', retry);
    try {
      await fresh.connect();
      await fresh.query(`listen ${CHANNEL}`);
      client = fresh;
      if (closed) await fresh.end();
    } catch (error) {
      options.onError(error as Error);
      // A connection that never came up does not end either.
      fresh.removeListener('end', retry);
      await fresh.end().catch(() => {});
      retry();
    }
  };
  const connected = connect();
  return {
    announce: (message) => {
      // One after the other: a connection runs one statement at a time.
      sending = sending
        .then(() => client?.query('select pg_notify($1, $2)', [CHANNEL, message]))
        .then(() => {}, options.onError);
    },
    close: async () => {
      closed = true;
      clearTimeout(timer);
      await connected;
      await sending;
      await client?.end();
    },
  };
}

import pg from 'pg';

const CHANNEL = 'linkgrove';
const RETRY_MS = 1_000;

export type Notifications = {
  /** Tells all listeners, this one included; lost where the database is away. */
  announce: (message: string) => void;
  close: () => Promise<void>;
};

/** Whether someone stands between us and PostgreSQL, who hands us another connection for each transaction. */
async function isPooled(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
  return rows[0]?.pid !== (client as pg.Client & { processID?: number }).processID;
}

/**
 * Listens on a connection of its own, which comes back by itself. `onMessage` is called for what any process
 * announces, `onError` when the connection breaks; what is announced meanwhile is missed. Through a pooler nothing is
 * announced and nothing heard, of which `onPooled` tells once.
 */
export function openNotifications(options: {
  url: string;
  onMessage: (message: string) => void;
  onError: (error: Error) => void;
  onPooled: () => void;
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
      if (await isPooled(fresh)) {
        closed = true;
        options.onPooled();
      } else {
        await fresh.query(`listen ${CHANNEL}`);
        client = fresh;
      }
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

import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export type TestProxy = {
  /** The target URL with the proxy's port. */
  url: string;
  /** Stops forwarding data but keeps all connections open, like a network that drops packets. */
  freeze: () => void;
  resume: () => void;
  /** Freezes as soon as the target sends `text`, which is not forwarded; resolves then. */
  freezeBefore: (text: string) => Promise<void>;
  /** Delays all data by `ms` milliseconds. */
  delay: (ms: number) => void;
  /** Resets every connection. */
  cut: () => void;
  close: () => Promise<void>;
};

/** Starts a TCP proxy to the server of a URL, to simulate network failures. */
export async function startProxy(target: string): Promise<TestProxy> {
  const sockets = new Set<Socket>();
  let isFrozen = false;
  let delayMs = 0;
  let trap: { text: string; spring: () => void } | undefined;
  const freeze = () => {
    isFrozen = true;
    for (const socket of sockets) socket.pause();
  };
  const forward = (from: Socket, to: Socket, isAnswer: boolean) => {
    sockets.add(from);
    if (isFrozen) from.pause();
    from.on('data', (bytes) => {
      if (isAnswer && trap && bytes.includes(trap.text)) {
        trap.spring();
        return freeze();
      }
      if (delayMs > 0) setTimeout(() => to.writable && to.write(bytes), delayMs);
      else to.write(bytes);
    });
    from.on('error', () => {});
    from.on('close', () => {
      sockets.delete(from);
      to.destroy();
    });
  };
  const { hostname, port } = new URL(target);
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    forward(client, upstream, false);
    forward(upstream, client, true);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = new URL(target);
  url.hostname = '127.0.0.1';
  url.port = `${(server.address() as AddressInfo).port}`;
  const cut = () => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  return {
    url: url.href,
    freeze,
    resume: () => {
      isFrozen = false;
      for (const socket of sockets) socket.resume();
    },
    freezeBefore: (text) => new Promise((spring) => (trap = { text, spring })),
    delay: (ms) => void (delayMs = ms),
    cut,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      cut();
      await closed;
    },
  };
}

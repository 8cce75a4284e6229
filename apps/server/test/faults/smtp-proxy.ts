import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export type SmtpFault =
  /** Forwards everything. */
  | 'none'
  /** Closes every connection at once. */
  | 'refuses'
  /** Accepts connections and never sends anything. */
  | 'is silent'
  /** Sends one byte per second. */
  | 'is slow'
  /** Closes the connection after the message, before it is acknowledged. */
  | 'drops after the message';

export type SmtpProxy = { url: string; fault: SmtpFault; close: () => Promise<void> };

/** Writes one byte per second until the socket is closed. */
function trickle(bytes: Buffer, to: Socket): void {
  let next = 0;
  const timer = setInterval(() => {
    if (to.destroyed || next >= bytes.length) clearInterval(timer);
    else to.write(bytes.subarray(next, ++next));
  }, 1_000);
}

/** A proxy before a mail server that causes the current `fault`. */
export async function startSmtpProxy(target: string): Promise<SmtpProxy> {
  const sockets = new Set<Socket>();
  const keep = (socket: Socket): Socket => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    return socket;
  };
  const server = createServer((client) => {
    keep(client);
    if (proxy.fault === 'refuses') client.destroy();
    if (proxy.fault === 'refuses' || proxy.fault === 'is silent') return;
    const upstream = keep(connect(Number(new URL(target).port), '127.0.0.1'));
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => client.end());
    let sent = '';
    client.on('data', (bytes) => {
      upstream.write(bytes);
      sent = (sent + bytes.toString('latin1')).slice(-5);
      // The mail server gets the whole message; only its answer is lost.
      if (proxy.fault === 'drops after the message' && sent === '\r\n.\r\n')
        setTimeout(() => client.destroy(), 100);
    });
    upstream.on('data', (bytes) => {
      if (proxy.fault === 'is slow') trickle(bytes, client);
      else if (proxy.fault !== 'drops after the message' || sent !== '\r\n.\r\n') client.write(bytes);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const proxy: SmtpProxy = {
    url: `smtp://127.0.0.1:${(server.address() as AddressInfo).port}`,
    fault: 'none',
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
  return proxy;
}

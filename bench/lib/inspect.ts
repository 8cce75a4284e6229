import { once } from 'node:events';

type Reply = { id?: number; result?: { result?: { value?: unknown } }; error?: { message: string } };

/** The V8 inspector of a program that was started with `--inspect`. */
export type Inspector = {
  /** Runs code in the program; returns its value as text. */
  evaluate: (expression: string) => Promise<string>;
  collectGarbage: () => Promise<void>;
  close: () => void;
};

export async function openInspector(port: number): Promise<Inspector> {
  const list = await (await fetch(`http://127.0.0.1:${port}/json/list`)).text();
  const [target]: { webSocketDebuggerUrl: string }[] = JSON.parse(list);
  const socket = new WebSocket(target?.webSocketDebuggerUrl ?? '');
  const waiting = new Map<number, PromiseWithResolvers<Reply>>();
  socket.addEventListener('message', ({ data }) => {
    const reply: Reply = JSON.parse(String(data));
    waiting.get(reply.id ?? 0)?.resolve(reply);
    waiting.delete(reply.id ?? 0);
  });
  await once(socket, 'open');
  let last = 0;
  const send = async (method: string, params: object = {}): Promise<Reply> => {
    const id = (last += 1);
    const reply = Promise.withResolvers<Reply>();
    waiting.set(id, reply);
    socket.send(JSON.stringify({ id, method, params }));
    const answer = await reply.promise;
    if (answer.error) throw new Error(`${method}: ${answer.error.message}`);
    return answer;
  };
  return {
    evaluate: async (expression) =>
      String((await send('Runtime.evaluate', { expression, returnByValue: true })).result?.result?.value),
    collectGarbage: async () => void (await send('HeapProfiler.collectGarbage')),
    close: () => socket.close(),
  };
}

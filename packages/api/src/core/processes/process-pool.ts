import { type ChildProcess, fork } from 'node:child_process';
import { createSemaphore } from '../limits/semaphore.ts';

export type ProcessPool<Request, Answer> = {
  ask: (request: Request) => Promise<Answer>;
  close: () => void;
};

type Options = {
  /** The entry of the processes, which answer each message with one. */
  file: URL;
  slots: number;
  maxQueued: number;
  maxWaitMs: number;
  timeoutMs: number;
  /** An idle process ends, so that a server at rest has none. */
  idleMs: number;
  createBusyError: () => Error;
  /** If a process ends, or does not answer in time. */
  createFailure: (cause: Error) => Error;
};

function askChild<Answer>(
  child: ChildProcess,
  request: object,
  { timeoutMs, createFailure }: Options,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const fail = (message: string) => settle(() => reject(createFailure(new Error(message))));
    const onExit = () => fail('The process ended');
    const onMessage = (answer: Answer) => settle(() => resolve(answer));
    const timer = setTimeout(() => {
      fail('The process took too long');
      child.kill('SIGKILL');
    }, timeoutMs);
    const settle = (end: () => void) => {
      clearTimeout(timer);
      child.off('exit', onExit).off('error', onExit).off('message', onMessage);
      end();
    };
    child.on('exit', onExit).on('error', onExit).on('message', onMessage);
    child.send(request);
  });
}

/** Does work in processes of its own, which start when they are needed and end soon after. */
export function createProcessPool<Request extends object, Answer>(
  options: Options,
): ProcessPool<Request, Answer> {
  const { file, slots, maxQueued, maxWaitMs, idleMs, createBusyError } = options;
  const idle: { child: ChildProcess; timer: NodeJS.Timeout }[] = [];
  const withSlot = createSemaphore({ slots, maxQueued, maxWaitMs, refuse: createBusyError });
  const start = (): ChildProcess =>
    fork(file, {
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      execArgv: [],
      env: {},
      serialization: 'advanced',
    });
  const take = (): ChildProcess => {
    for (let waiting = idle.pop(); waiting; waiting = idle.pop()) {
      clearTimeout(waiting.timer);
      if (waiting.child.connected) return waiting.child;
    }
    return start();
  };
  const giveBack = (child: ChildProcess): void => {
    if (!child.connected) return;
    const timer = setTimeout(() => {
      idle.splice(
        idle.findIndex((one) => one.child === child),
        1,
      );
      child.disconnect();
    }, idleMs);
    timer.unref();
    child.unref();
    child.channel?.unref();
    idle.push({ child, timer });
  };
  return {
    ask: (request) =>
      withSlot(async () => {
        const child = take();
        child.channel?.ref();
        try {
          return await askChild<Answer>(child, request, options);
        } finally {
          giveBack(child);
        }
      }),
    close: () => {
      for (const { child, timer } of idle.splice(0)) {
        clearTimeout(timer);
        if (child.connected) child.disconnect();
      }
    },
  };
}

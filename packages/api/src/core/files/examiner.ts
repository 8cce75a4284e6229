import { type ChildProcess, fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { AppError } from '../errors.ts';
import { createSemaphore } from '../limits/semaphore.ts';
import type { Examination, ExaminationRequest } from './examination.ts';

const MAX_QUEUED = 50;
const MAX_WAIT_MS = 45_000;
const EXAMINATION_TIMEOUT_MS = 60_000;
/** An idle process ends, so that a server at rest has none. */
const IDLE_MS = 10_000;

// In the bundle, the process is a file of its own next to it.
const PROCESS_FILE = new URL(
  import.meta.url.endsWith('.ts') ? 'examiner-process.ts' : 'examiner-process.js',
  import.meta.url,
);

const createBusyError = () =>
  new AppError('UNAVAILABLE', 'Too many files are being read right now. Try again shortly.', {
    retryAfterSeconds: 10,
  });
const createHostileFileError = (cause: Error) =>
  new AppError('UNSUPPORTED_MEDIA_TYPE', 'The file could not be read', { cause });

export type Examiner = {
  /** Throws `UNAVAILABLE` if too many wait, and `UNSUPPORTED_MEDIA_TYPE` if the file ends or blocks the process. */
  examine: (request: ExaminationRequest) => Promise<Examination>;
  close: () => void;
};

function ask(child: ChildProcess, request: ExaminationRequest): Promise<Examination> {
  return new Promise((resolve, reject) => {
    const fail = (message: string) => settle(() => reject(createHostileFileError(new Error(message))));
    const onExit = () => fail('The process that reads files ended');
    const onMessage = (examination: Examination) => settle(() => resolve(examination));
    const timer = setTimeout(() => {
      fail('The file took too long to read');
      child.kill('SIGKILL');
    }, EXAMINATION_TIMEOUT_MS);
    const settle = (end: () => void) => {
      clearTimeout(timer);
      child.off('exit', onExit).off('error', onExit).off('message', onMessage);
      end();
    };
    child.on('exit', onExit).on('error', onExit).on('message', onMessage);
    child.send(request);
  });
}

/** Reads uploads in processes of their own, which start when they are needed and end soon after. */
export function createExaminer(slots = Math.max(1, availableParallelism() - 1)): Examiner {
  const idle: { child: ChildProcess; timer: NodeJS.Timeout }[] = [];
  const withSlot = createSemaphore({
    slots,
    maxQueued: MAX_QUEUED,
    maxWaitMs: MAX_WAIT_MS,
    refuse: createBusyError,
  });
  const start = (): ChildProcess =>
    fork(PROCESS_FILE, { stdio: ['ignore', 'ignore', 'ignore', 'ipc'], execArgv: [], env: {} });
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
    }, IDLE_MS);
    timer.unref();
    child.unref();
    child.channel?.unref();
    idle.push({ child, timer });
  };
  return {
    examine: (request) =>
      withSlot(async () => {
        const child = take();
        child.channel?.ref();
        try {
          return await ask(child, request);
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

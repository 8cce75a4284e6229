import { availableParallelism } from 'node:os';
import { AppError } from '../errors.ts';
import { createProcessPool } from '../processes/process-pool.ts';
import type { Examination, ExaminationRequest } from './examination.ts';

const MAX_QUEUED = 50;
const MAX_WAIT_MS = 45_000;
const EXAMINATION_TIMEOUT_MS = 60_000;
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

/** Reads uploads in processes of their own. */
export function createExaminer(slots = Math.max(1, availableParallelism() - 1)): Examiner {
  const { ask, close } = createProcessPool<ExaminationRequest, Examination>({
    file: PROCESS_FILE,
    slots,
    maxQueued: MAX_QUEUED,
    maxWaitMs: MAX_WAIT_MS,
    timeoutMs: EXAMINATION_TIMEOUT_MS,
    idleMs: IDLE_MS,
    createBusyError,
    createFailure: createHostileFileError,
  });
  return { examine: ask, close };
}

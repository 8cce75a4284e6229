import { BaseSequencer, type TestSpecification } from 'vitest/node';

// The longest files, of which some are short. A long file that begins last would decide alone when the run ends, and files
// that compute slow each other down, so each of them runs beside one that mostly waits.
const WAITING =
  /\/(faults\/[\w-]+|consumer|generated-clients|guides|kill|start|cluster|build|denial-of-service)\.test\.ts$/;
const COMPUTING = /\/(fuzz|10-event-loop|trpc-plain-calls|roles|[\w-]+\.browser)\.test\.ts$/;

/** Takes from both lists in turn. */
const alternate = <T>(one: T[], other: T[]): T[] =>
  Array.from({ length: Math.max(one.length, other.length) }, (_, index) => [
    ...one.slice(index, index + 1),
    ...other.slice(index, index + 1),
  ]).flat();

export default class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    // oxlint-disable-next-line unicorn/no-array-sort -- no array's
    const sorted = await super.sort(files);
    const {
      waiting = [],
      computing = [],
      others = [],
    } = Object.groupBy(sorted, ({ moduleId }) =>
      WAITING.test(moduleId) ? 'waiting' : COMPUTING.test(moduleId) ? 'computing' : 'others',
    );
    return [...alternate(waiting, computing), ...others];
  }
}

import type { CaptureSubject } from '../../../../core/capture/capture.ts';
import { SLOT_SECONDS } from '../../policy.ts';
import type { Exclusion, Tally } from '../../schema.ts';

type PageSubject = Exclude<CaptureSubject, { kind: 'visit' }>;

/** Sums up excluded events, so that a flood of them costs no memory. */
export function createTallies(max: number) {
  const tallies = new Map<string, Tally>();
  return {
    size: () => tallies.size,
    add: (subject: PageSubject, at: number, excluded: Exclusion) => {
      const { pageId } = subject;
      const blockId = subject.kind === 'click' ? subject.blockId : null;
      const key = `${pageId}${blockId ?? ''}${excluded}${Math.floor(at / (SLOT_SECONDS * 1_000))}`;
      const tally = tallies.get(key);
      if (tally) tally.count += 1;
      else if (tallies.size < max) tallies.set(key, { at, pageId, blockId, excluded, count: 1 });
    },
    take: (count: number): Tally[] => {
      const taken = [...tallies].slice(0, count);
      for (const [key] of taken) tallies.delete(key);
      return taken.map(([, tally]) => tally);
    },
  };
}

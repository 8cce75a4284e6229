import { LRUCache } from 'lru-cache';
import { MAX_REMEMBERED_VISITORS, SOURCE_MINUTES } from '../../policy.ts';
import type { Source } from '../../schema.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

export type Remembered = {
  minute: number;
  /** Views and clicks in that minute. */
  count: number;
  day: number;
  /** Valid for that UTC day. */
  hash: string | null;
  source: Source;
  sourceAt: number;
};

const NO_SOURCE: Source = { referrer: null, utmSource: null, utmMedium: null, utmCampaign: null, via: null };

const isEmpty = ({ referrer, utmSource, utmMedium, utmCampaign, via }: Source): boolean =>
  referrer === null && utmSource === null && utmMedium === null && utmCampaign === null && via === null;

/** The last minutes of this process. Another process may count the same visitor's events apart. */
export function createVisitorMemory() {
  const visitors = new LRUCache<string, Remembered>({ max: MAX_REMEMBERED_VISITORS });
  return {
    count: (key: string, at: number): Remembered => {
      const minute = Math.floor(at / MINUTE_MS);
      const day = Math.floor(at / DAY_MS);
      const known = visitors.get(key);
      if (!known) {
        const created = { minute, count: 1, day, hash: null, source: NO_SOURCE, sourceAt: at };
        visitors.set(key, created);
        return created;
      }
      known.count = known.minute === minute ? known.count + 1 : 1;
      known.minute = minute;
      if (known.day !== day) known.hash = null;
      known.day = day;
      return known;
    },
    /** Nothing is a source only after half an hour. */
    addSource: (visitor: Remembered, at: number, source: Source): void => {
      if (isEmpty(source) && at - visitor.sourceAt < SOURCE_MINUTES * MINUTE_MS) return;
      visitor.source = source;
      visitor.sourceAt = at;
    },
  };
}

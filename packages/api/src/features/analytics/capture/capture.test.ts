import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Capture } from '../../../core/capture/capture.ts';
import { createMetrics } from '../../../core/observability/metrics.ts';
import { MAX_BUFFERED, MAX_TALLIES } from '../policy.ts';
import type { AnalyticsEvent, Batch } from '../schema.ts';
import { createRecorder, type Judge } from './service.ts';
import { createTallies } from './tallies/service.ts';

const pageId = randomUUID();
const capture = (at = 0): Capture => ({
  subject: { kind: 'view', pageId, workspaceId: randomUUID() },
  at,
  method: 'GET',
  ip: '192.0.2.1',
  headers: {},
  query: {},
  country: undefined,
  region: undefined,
  credentials: undefined,
});
const toEvent = ({ at }: Capture): AnalyticsEvent => ({
  at,
  pageId,
  blockId: null,
  visitor: null,
  referrer: null,
  country: null,
  region: null,
  device: null,
  browser: null,
  os: null,
  language: null,
  utmSource: null,
  utmMedium: null,
  utmCampaign: null,
  via: null,
});

/** A recorder whose sink refuses as long as `faults` has errors. */
function createTest(judge: Judge = (one) => ({ kind: 'event', event: toEvent(one) })) {
  const batches: Batch[] = [];
  const attempts: string[] = [];
  const faults: Error[] = [];
  const logged: string[] = [];
  const log = (_details: unknown, message: string) => void logged.push(message);
  const metrics = createMetrics();
  const recorder = createRecorder({
    judge,
    metrics,
    logger: { warn: log, error: log } as never,
    sink: {
      write: async (batch) => {
        attempts.push(batch.id);
        const fault = faults.shift();
        if (fault) throw fault;
        batches.push(batch);
      },
    },
  });
  const countEvents = () => batches.reduce((sum, { events }) => sum + events.length, 0);
  const readMetric = async (result: string) =>
    Number(new RegExp(`events_total{result="${result}"} (\\d+)`).exec(await metrics.register.metrics())?.[1]);
  return { recorder, batches, attempts, faults, logged, countEvents, readMetric };
}
const away = () => Object.assign(new Error('away'), { code: 'ECONNREFUSED' });

describe('the recorder', () => {
  afterEach(() => void vi.useRealTimers());

  it('writes everything that was pushed before it closes, in batches of at most 1,000', async () => {
    const { recorder, batches, countEvents } = createTest();
    for (let n = 0; n < 3_210; n += 1) recorder.push(capture(n));
    await recorder.close();
    expect(countEvents()).toBe(3_210);
    expect(Math.max(...batches.map(({ events }) => events.length))).toBe(1_000);
    expect(batches.flatMap(({ events }) => events.map(({ at }) => at))).toEqual(
      Array.from({ length: 3_210 }, (_, n) => n),
    );
  });

  it('writes 500 events at once, without waiting for its second', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const { recorder, countEvents } = createTest();
    for (let n = 0; n < 500; n += 1) recorder.push(capture(n));
    await expect.poll(countEvents).toBe(500);
  });

  it('writes what does not count only with its second, however much it is', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const { recorder, batches, attempts, readMetric } = createTest(() => ({
      kind: 'excluded',
      excluded: 'bots',
    }));
    for (let n = 0; n < 3_000; n += 1) recorder.push(capture());
    await expect.poll(() => readMetric('bots')).toBe(3_000);
    expect(attempts).toEqual([]);
    await recorder.close();
    expect(batches.flatMap(({ tallies }) => tallies.map(({ count }) => count))).toEqual([3_000]);
  });

  it('sends a batch again under the same ID while the database is away', async () => {
    const { recorder, attempts, faults, countEvents } = createTest();
    faults.push(away(), away(), away(), away());
    recorder.push(capture());
    for (let n = 0; n < 5; n += 1) await recorder.settle();
    expect([attempts.length, new Set(attempts).size, countEvents()]).toEqual([5, 1, 1]);
  });

  it('gives up a batch that the database refuses three times, and says so', async () => {
    const { recorder, faults, logged, countEvents, readMetric } = createTest();
    faults.push(new Error('a'), new Error('b'), new Error('c'));
    recorder.push(capture());
    for (let n = 0; n < 3; n += 1) await recorder.settle();
    recorder.push(capture());
    await recorder.settle();
    expect([countEvents(), await readMetric('lost')]).toEqual([1, 1]);
    expect(logged.at(-1)).toBe('analytics batch lost');
  });

  it('counts what overflows as dropped, and writes that number', async () => {
    const { recorder, faults, batches, countEvents, readMetric } = createTest();
    faults.push(...Array.from({ length: 10 }, away));
    for (let n = 0; n < MAX_BUFFERED + 7; n += 1) recorder.push(capture());
    await recorder.settle();
    for (let n = 0; n < 5; n += 1) {
      recorder.push(capture());
      await recorder.settle();
    }
    faults.length = 0;
    await recorder.settle();
    const dropped = batches.flatMap(({ tallies }) => tallies).reduce((sum, { count }) => sum + count, 0);
    expect(countEvents() + dropped).toBe(MAX_BUFFERED + 12);
    expect(dropped).toBeGreaterThanOrEqual(7);
    expect(await readMetric('dropped')).toBe(dropped);
  });

  it('survives a judge that throws', async () => {
    const { recorder, countEvents, readMetric } = createTest((one) => {
      if (one.at === 0) throw new Error('unreadable');
      return { kind: 'event', event: toEvent(one) };
    });
    for (const at of [0, 1]) recorder.push(capture(at));
    await recorder.close();
    expect([countEvents(), await readMetric('lost')]).toEqual([1, 1]);
  });
});

describe('tallies', () => {
  const view = () => ({ kind: 'view', pageId: randomUUID(), workspaceId: pageId }) as const;

  it('sum up a flood by page, reason and quarter of an hour', () => {
    const tallies = createTallies(MAX_TALLIES);
    const subject = view();
    for (let n = 0; n < 1_000; n += 1) tallies.add(subject, n * 1_800, 'bots');
    tallies.add(subject, 0, 'owner');
    expect(tallies.size()).toBe(3);
    expect(tallies.take(10).map(({ excluded, count }) => [excluded, count])).toEqual([
      ['bots', 500],
      ['bots', 500],
      ['owner', 1],
    ]);
    expect(tallies.size()).toBe(0);
  });

  it('are bounded', () => {
    const tallies = createTallies(5);
    for (let n = 0; n < 9; n += 1) tallies.add(view(), 0, 'bots');
    expect(tallies.size()).toBe(5);
  });
});

import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { BACKENDS, startFleet, expectWithin } from './fleet.ts';

describe.each(BACKENDS)('a worker on %s', { timeout: 240_000 }, (backend) => {
  it('FT18: that is told to stop starts nothing new and exits in time; its interrupted job runs once more', async () => {
    const fleet = await startFleet({ backend });
    const first = await fleet.startWorker({ SHUTDOWN_TIMEOUT: '2s' });
    const id = await fleet.addMessage('test.slow', { key: 'k', seconds: 6 });
    await expectWithin(30, async () => (await fleet.readEffects('k')).length).toBe(1);
    first.signal('SIGTERM');
    const other = await fleet.addMessage('test.count', { key: 'new' });
    await expectWithin(30, () => first.child.exitCode).toBe(0);
    expect(await fleet.readEffects('new')).toEqual([]);
    await fleet.startWorker();
    await expectWithin(30, async () => (await fleet.findMessage(id)).done_at !== null).toBe(true);
    expect((await fleet.readEffects('k')).map(({ what }) => what)).toEqual(['begun', 'begun', 'ended']);
    expect((await fleet.findMessage(other)).done_at).not.toBeNull();
  });

  it('FT18: exits at once after a second signal', async () => {
    const fleet = await startFleet({ backend });
    const worker = await fleet.startWorker({ SHUTDOWN_TIMEOUT: '60s' });
    await fleet.addMessage('test.slow', { key: 'k', seconds: 60 });
    await expectWithin(30, async () => (await fleet.readEffects('k')).length).toBe(1);
    worker.signal('SIGTERM');
    await sleep(200);
    expect(worker.child.exitCode).toBeNull();
    worker.signal('SIGTERM');
    await expectWithin(30, () => worker.child.exitCode).toBe(1);
  });

  it.each([
    ['test.slow', 'outside a transaction'],
    ['test.slow-atomic', 'inside a transaction'],
  ])(
    'FT19: that was frozen during a job (%s, %s) finds it done by another worker, and is usable again',
    async (topic) => {
      const fleet = await startFleet({ backend });
      const workers = await Promise.all([fleet.startWorker(), fleet.startWorker()]);
      const id = await fleet.addMessage(topic, { key: 'k', seconds: 5 });
      await expectWithin(30, async () => (await fleet.readEffects('k')).length).toBe(1);
      const [begun] = await fleet.readEffects('k');
      const zombie = workers.find(({ child }) => child.pid === begun?.pid);
      const others = workers.filter((worker) => worker !== zombie);
      zombie?.signal('SIGSTOP');
      await expectWithin(60, async () => (await fleet.findMessage(id)).done_at !== null).toBe(true);
      const { done_at } = await fleet.findMessage(id);
      zombie?.signal('SIGCONT');
      // It finishes too late: neither the message nor the effects of its transaction change.
      await sleep(4_000);
      expect((await fleet.findMessage(id)).done_at).toEqual(done_at);
      const counted = (await fleet.readEffects('k')).filter(({ what }) => what === 'counted');
      if (topic === 'test.slow-atomic')
        expect(counted).toEqual([{ what: 'counted', pid: others[0]?.child.pid }]);
      for (const worker of others) await worker.kill();
      const last = await fleet.addMessage('test.count', { key: 'last' });
      await expectWithin(30, async () => (await fleet.findMessage(last)).done_at !== null).toBe(true);
      expect(zombie?.child.exitCode).toBeNull();
    },
  );
});

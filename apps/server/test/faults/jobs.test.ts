import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { BACKENDS, startFleet, expectWithin } from './fleet.ts';

describe.each(BACKENDS)('a job on %s', { timeout: 240_000 }, (backend) => {
  it('FT4: runs on another worker within seconds each time its worker is killed, and finishes', async () => {
    const fleet = await startFleet({ backend });
    const workers = await Promise.all([1, 2, 3].map(() => fleet.startWorker()));
    const id = await fleet.addMessage('test.slow', { key: 'k', seconds: 6 });
    const begun = async () => (await fleet.readEffects('k')).filter(({ what }) => what === 'begun');
    for (const times of [1, 2]) {
      await expectWithin(30, async () => (await begun()).length).toBe(times);
      await sleep(Math.random() * 1_000);
      const pid = (await begun()).at(-1)?.pid;
      await workers.find(({ child }) => child.pid === pid)?.kill();
    }
    await expectWithin(30, async () => (await begun()).length).toBe(3);
    await expectWithin(30, async () => (await fleet.findMessage(id)).done_at !== null).toBe(true);
    const ended = (await fleet.readEffects('k')).filter(({ what }) => what === 'ended');
    expect(ended).toHaveLength(1);
    expect(new Set((await begun()).map(({ pid }) => pid)).size).toBe(3);
  });

  it('FT15: that can never succeed is given up, kept for inspection, and blocks no other job', async () => {
    const fleet = await startFleet({ backend, env: { JOB_ATTEMPTS: '3', WORKER_CONCURRENCY_URGENT: '2' } });
    await fleet.startWorker();
    const large = { template: 'verify-email', filler: 'x'.repeat(5 * 1_024 * 1_024) };
    const hopeless = await Promise.all([
      fleet.addMessage('mail.send', { template: 'no-such-template' }),
      fleet.addMessage('mail.send', large),
      fleet.addMessage('nobody.handles-this', {}),
      fleet.addMessage('test.fail', { key: 'fails' }),
    ]);
    await fleet.addMail('after@example.com');
    await fleet.mailbox.waitFor('after@example.com', '');
    for (const id of hopeless)
      await expectWithin(30, async () => (await fleet.findMessage(id)).failed_at !== null).toBe(true);
    expect((await fleet.findMessage(hopeless[3] ?? '')).last_error).toBe('This job always fails');
    expect((await fleet.findMessage(hopeless[2] ?? '')).last_error).toContain('nobody.handles-this');
    expect(await fleet.readEffects('fails')).toHaveLength(3);
    // Jobs that were given up never come back by themselves.
    await sleep(2_000);
    expect(await fleet.readEffects('fails')).toHaveLength(3);
    expect(fleet.mailbox.received.map(({ to }) => to)).toEqual(['after@example.com']);
  });

  it('FT15: that blocks its whole process delays only that process, and other jobs continue afterwards', async () => {
    const fleet = await startFleet({ backend });
    const workers = await Promise.all([fleet.startWorker(), fleet.startWorker()]);
    const id = await fleet.addMessage('test.spin', { key: 'spins', seconds: 14 });
    await expectWithin(30, async () => (await fleet.readEffects('spins')).length).toBeGreaterThan(0);
    await fleet.addMail('after@example.com');
    await expectWithin(60, () => fleet.mailbox.received.length).toBe(1);
    await expectWithin(60, async () => (await fleet.findMessage(id)).done_at !== null).toBe(true);
    expect((await fleet.readEffects('spins')).filter(({ what }) => what === 'begun').length).toBeLessThan(6);
    for (const { child } of workers) expect(child.exitCode).toBeNull();
  });

  it('FT16: that is delivered many times, to two workers at once, has one effect', async () => {
    const fleet = await startFleet({ backend });
    await Promise.all([fleet.startWorker(), fleet.startWorker()]);
    const ids: string[] = [];
    for (let n = 0; n < 60; n++) ids.push(await fleet.addMessage('test.count', { key: 'all' }));
    const again = () => fleet.app.db.updateTable('outbox').set({ relayed_at: null, queue: 'bulk' }).execute();
    for (let n = 0; n < 10; n++) {
      await sleep(Math.random() * 200);
      await again();
      await fleet.app.db.updateTable('outbox').set({ relayed_at: null, queue: 'urgent' }).execute();
    }
    for (const id of ids)
      await expectWithin(30, async () => (await fleet.findMessage(id)).done_at !== null).toBe(true);
    await again();
    await sleep(1_000);
    expect(await fleet.readEffects('all')).toHaveLength(60);
  });
});

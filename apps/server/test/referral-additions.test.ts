import { rollUpDeltas } from '@linkgrove/api/jobs';
import { requireHealthy } from '@linkgrove/api/testing';
import { describe, expect, it } from 'vitest';
import { type SignedUp, tally, TERMS, times, useReferralKit } from './kit/index.ts';

const { server, kit, admin } = useReferralKit();

describe('an administrator who adds a referral', () => {
  const add = (body: object, by = admin) =>
    kit.as(by, 'POST', '/api/admin/referrals', { reason: 'Forgot the code', ...body });

  it('gives the referrer the credit that the code would have given, once the terms are met', async () => {
    const [ada, friend, late] = [await kit.signUp(), await kit.signUp(), await kit.signUp()];
    await kit.verify(friend);
    const { status, body } = await add({ referrer: ada.username, referred: friend.email });
    expect([status, body.status, body.referrer.username]).toEqual([201, 'successful', ada.username]);
    expect((await add({ referrer: ada.user.id, referred: late.username })).body.status).toBe('pending');
    expect(await kit.readStats(ada)).toMatchObject({
      signups: 2,
      successful: 1,
      pending: 1,
      creditsEarned: 10,
    });
    expect(await kit.balanceOf(friend)).toBe(5);
    await kit.verify(late);
    expect(await kit.balanceOf(ada)).toBe(20);
    expect((await kit.as(late, 'GET', '/api/me')).body.referredBy).toBe(ada.username);
    const events = (await kit.as(ada, 'GET', '/api/me/security-events')).body;
    expect(JSON.stringify(events.items ?? [])).not.toContain('Forgot the code');
    await requireHealthy(server.app);
  });

  it('is refused for users who have a referrer, who came first, or who are the same, and without a reason', async () => {
    const [ada, bob] = [await kit.signUp(), await kit.signUp()];
    const friend = await kit.refer(ada);
    const wrong: [object, number, string][] = [
      [{ referrer: ada.username, referred: friend.username }, 409, 'CONFLICT'],
      [{ referrer: bob.username, referred: friend.username }, 409, 'CONFLICT'],
      [{ referrer: bob.username, referred: ada.username }, 409, 'CONFLICT'],
      [{ referrer: ada.username, referred: ada.email }, 422, 'SELF_REFERRAL'],
      [{ referrer: 'nobody-at-all', referred: bob.username }, 404, 'NOT_FOUND'],
      [{ referrer: ada.username, referred: 'nobody-at-all' }, 404, 'NOT_FOUND'],
      [
        { referrer: ada.username, referred: bob.username, code: kit.codeOf(bob) },
        422,
        'INVALID_REFERRAL_CODE',
      ],
      [{ referrer: ada.username, referred: bob.username, reason: ' ' }, 400, 'VALIDATION_FAILED'],
    ];
    for (const [body, status, code] of wrong) {
      const answer = await add(body);
      expect([body, answer.status, answer.body.code]).toEqual([body, status, code]);
    }
    expect((await add({ referrer: ada.username, referred: bob.username }, ada)).status).toBe(403);
  });

  it('adds one referral under 30 parallel calls for different referrers', async () => {
    const [ada, bob, friend] = [await kit.signUp(), await kit.signUp(), await kit.signUp()];
    const answers = await times(30, (n) =>
      add({ referrer: n % 2 ? ada.username : bob.username, referred: friend.username }),
    );
    expect(tally(answers)).toEqual({ 201: 1, '409 CONFLICT': 29 });
    await requireHealthy(server.app);
  });
});

describe('an import', () => {
  const importCsv = (csv: string, preview?: boolean) =>
    kit.as(admin, 'POST', '/api/admin/referrals/import', { csv, ...(preview !== undefined && { preview }) });

  it('says what it would do, then adds referrals on their dates without paying, and a second run changes nothing', async () => {
    const ada = await kit.signUp();
    const link = (await kit.as(ada, 'POST', '/api/referral-links', { code: 'old-campaign' })).body;
    const people = await times(5, () => kit.signUp());
    const [first, second, third, fourth, fifth] = people as [
      SignedUp,
      SignedUp,
      SignedUp,
      SignedUp,
      SignedUp,
    ];
    const csv = [
      '\uFEFFreferrer,referred,dateReferred,status,qualifiedAt,code,notes',
      `${ada.username},${first.email},2026-03-01,,2026-03-05T10:00:00Z,,"a ""quoted"", note`,
      `over two lines"`,
      `${ada.email.toUpperCase()},${second.username},2026-03-01T23:30:00+02:00,successful,,OLD – CAMPAIGN,`,
      `${ada.user.id},${third.user.id},2026-04-01,pending,,,`,
      `${ada.username},${fourth.username},2026-04-01,rejected,,,`,
      `${ada.username},${fifth.username},yesterday,,,,`,
      `${ada.username},${first.username},2026-05-01,,,,`,
      `nobody-at-all,${fifth.username},2026-05-01,,,,`,
      `${ada.username},${admin.username},2026-05-01,,,,`,
      `${ada.username},a\0b,2026-05-01,,,,`,
      `${ada.username},${fifth.username},2026-05-01,won,,,`,
      `${ada.username},${fifth.username},2026-05-01,,2026-04-30,,`,
    ].join('\r\n');
    const expected = {
      imported: 4,
      existing: 0,
      refused: 7,
      ignoredColumns: ['notes'],
      problems: [
        { line: 7, result: 'invalid_row', detail: expect.stringMatching(/^dateReferred: Enter a date/) },
        { line: 8, result: 'repeated', detail: expect.stringContaining('referred') },
        { line: 9, result: 'unknown_referrer', detail: 'Referrer not found' },
        { line: 10, result: 'referrer_is_newer', detail: 'The referrer signed up after this user' },
        { line: 11, result: 'invalid_row', detail: expect.stringMatching(/^referred: /) },
        { line: 12, result: 'invalid_row', detail: expect.stringMatching(/^status: /) },
        { line: 13, result: 'invalid_row', detail: 'qualifiedAt: Must not be before dateReferred' },
      ],
    };
    expect((await importCsv(csv)).body).toMatchObject({ preview: true, ...expected });
    expect((await kit.readStats(ada)).signups).toBe(0);
    const done = await importCsv(csv, false);
    expect([done.status, done.body]).toMatchObject([200, { preview: false, ...expected }]);
    const counts = { signups: 4, successful: 2, pending: 1, rejected: 1, creditsEarned: 0 };
    expect(await kit.readStats(ada)).toMatchObject(counts);
    expect((await importCsv(csv, false)).body).toMatchObject({ imported: 0, existing: 5, refused: 6 });
    await rollUpDeltas(server.app);
    server.app.cache('referral-stats').invalidate(ada.user.id);
    expect(await kit.readStats(ada)).toMatchObject(counts);

    const march = (await kit.as(ada, 'GET', '/api/referral-stats?from=2026-03-01&to=2026-03-31')).body;
    expect(
      march.daily.filter((day: { signups: number; successful: number }) => day.signups + day.successful),
    ).toEqual([
      { date: '2026-03-01', visits: 0, signups: 2, successful: 1, reversed: 0 },
      { date: '2026-03-05', visits: 0, signups: 0, successful: 1, reversed: 0 },
    ]);
    const list = (await kit.as(ada, 'GET', '/api/referrals?from=2026-03-01&to=2026-03-31')).body;
    expect(list.items).toHaveLength(2);
    expect((await kit.as(ada, 'GET', `/api/referrals?link=${link.id}`)).body.items).toHaveLength(1);
    await requireHealthy(server.app);
    await kit.verify(third);
    expect(await kit.readStats(ada)).toMatchObject({ successful: 3, creditsEarned: 0 });
    await requireHealthy(server.app);
  });

  it('pays the milestones that it passed only if an administrator says so', async () => {
    const ada = await kit.signUp();
    const people = await times(6, () => kit.signUp());
    const rows = people.map(({ username }) => `${ada.username},${username},2026-03-01`);
    const csv = ['referrer,referred,dateReferred', ...rows].join('\n');
    expect((await importCsv(csv, false)).body.imported).toBe(6);
    await rollUpDeltas(server.app);
    expect(await kit.balanceOf(ada)).toBe(0);
    await kit.verify(await kit.refer(ada));
    expect(await kit.balanceOf(ada)).toBe(10);
    const [{ id }] = (await kit.as(admin, 'GET', '/api/admin/referral-campaigns')).body.items;
    const pay = (preview?: boolean) =>
      kit.as(admin, 'POST', `/api/admin/referral-campaigns/${id}/pay-milestones`, { preview });
    const due = { referrals: 5, credits: 25, referrers: 1 };
    for (const [who, referrers] of [
      [people[0], 0],
      [ada, 1],
    ] as const) {
      const audience = { kind: 'users', users: [who?.username] };
      const body = { name: 'For one', audience, terms: TERMS };
      const named = (await kit.as(admin, 'POST', '/api/admin/referral-campaigns', body)).body;
      const path = `/api/admin/referral-campaigns/${named.id}`;
      const payPassed = () => kit.as(admin, 'POST', `${path}/pay-milestones`, {});
      const startsAt = new Date(Date.now() + 3_600_000).toISOString();
      for (const state of ['draft', 'scheduled']) {
        if (state === 'scheduled') await kit.as(admin, 'POST', `${path}/schedule`, { startsAt });
        expect([state, (await payPassed()).body]).toMatchObject([
          state,
          {
            code: 'CONFLICT',
            detail: 'This campaign has not started, so it has promised no milestones yet',
          },
        ]);
      }
      await kit.as(admin, 'POST', `${path}/start`);
      expect((await payPassed()).body).toMatchObject({
        referrers,
        credits: 25 * referrers,
      });
    }
    for (const preview of [undefined, true, false]) {
      const { body } = await pay(preview);
      expect(body).toMatchObject({ preview: preview ?? true, referrers: 1, remaining: 0, credits: 25 });
      expect(body.milestones).toContainEqual(due);
    }
    expect(await kit.balanceOf(ada)).toBe(10 + 25);
    const again = await times(30, () => pay(false));
    expect(again.map(({ body }) => body.credits)).toEqual(again.map(() => 0));
    await requireHealthy(server.app);
  });

  it('names a missing column, and takes no more rows than it can', async () => {
    expect((await importCsv('referrer,referred\na,b')).body.errors[0]).toMatchObject({ path: 'csv' });
    const many = `referrer,referred,dateReferred\n${'a,b,2026-01-01\n'.repeat(5_001)}`;
    expect((await importCsv(many)).body.errors[0].message).toBe('Use at most 5000 rows at a time');
    const wide = `referrer,referred,dateReferred${',x'.repeat(400_000)}\n${'a,b,2026-01-01\n'.repeat(5_000)}`;
    const { status, body } = await importCsv(wide);
    expect([status, body.refused, body.ignoredColumns.length]).toEqual([200, 5_000, 100]);
  });
});

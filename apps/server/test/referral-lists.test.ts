import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { crowd, type SignedUp, useReferralKit } from './kit/index.ts';

const { server, kit, admin } = useReferralKit();

const read = async (who: SignedUp, path: string, query = '') =>
  (await kit.as(who, 'GET', `${path}?${query}`)).body;
const namesOf = (body: { items: { username: string }[] }) => body.items.map(({ username }) => username);
const day = (offset: number) => new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10);

describe('a referrer finds referrals', () => {
  it('by link, by an earlier code of the link, by campaign and by time', async () => {
    const ada = await kit.signUp();
    const [plain] = (await kit.bring(ada, 1)) as [SignedUp];
    const link = (await kit.as(ada, 'POST', '/api/referral-links', { code: 'first-name', label: 'Talk' }))
      .body;
    const byLink = await kit.signUp({ referralCode: 'first-name' });
    await kit.as(ada, 'PATCH', `/api/referral-links/${link.id}`, { code: 'second-name' });
    const campaign = await kit.runCampaign(admin, {});
    const later = await kit.signUp({ referralCode: 'second-name' });
    const find = async (query: string) => namesOf(await read(ada, '/api/referrals', query));
    expect(await find('')).toEqual([later.username, byLink.username, plain.username]);
    for (const name of [link.id, 'first-name', 'SECOND-name']) {
      expect([name, await find(`link=${name}`)]).toEqual([name, [later.username, byLink.username]]);
    }
    expect(await find(`link=${kit.codeOf(ada)}&status=successful`)).toEqual([plain.username]);
    expect(await find(`link=${kit.codeOf(admin)}`)).toEqual([]);
    expect(await find(`campaign=${campaign.id}`)).toEqual([later.username]);
    expect(await find(`from=${day(0)}&to=${day(0)}`)).toHaveLength(3);
    expect(await find(`from=${day(2)}`)).toEqual([]);
    expect(await find(`to=${day(-2)}&timezone=Asia/Tokyo`)).toEqual([]);
    const wrong = await read(ada, '/api/referrals', `from=${day(1)}&to=${day(0)}`);
    expect(wrong.errors[0]).toMatchObject({ path: 'from', message: 'Must be before `to`' });
  });

  it('page by page under every filter', async () => {
    const ada = await kit.signUp();
    await crowd(5, 5, () => kit.refer(ada));
    const filters = `link=${kit.codeOf(ada)}&from=${day(-1)}&status=pending&limit=2`;
    const seen: string[] = [];
    for (let cursor = ''; cursor !== 'null';) {
      const { items, nextCursor } = await read(
        ada,
        '/api/referrals',
        filters + (cursor && `&cursor=${cursor}`),
      );
      seen.push(...items.map(({ id }: { id: string }) => id));
      cursor = String(nextCursor);
    }
    expect(new Set(seen).size).toBe(5);
  });
});

it('a user finds ledger entries by their reason, in the list and in the export', async () => {
  await kit.runCampaign(admin, { referrerCredits: 60, milestones: [{ referrals: 1, credits: 7 }] });
  const ada = await kit.signUp();
  const [friend] = (await kit.bring(ada, 1)) as [SignedUp];
  await kit.as(admin, 'POST', '/api/admin/credits', { user: ada.username, amount: 40, reason: 'A raffle' });
  await kit.redeem(ada);
  await kit.runCampaign(admin, { referrerCredits: 9, holdDays: 3, milestones: [] });
  await kit.bring(ada, 1);
  const amountsOf = (body: { items: { amount: number }[] }) => body.items.map(({ amount }) => amount);
  const find = async (who: SignedUp, query: string) => amountsOf(await read(who, '/api/rewards', query));
  for (const [reason, amounts] of [
    ['referrer', [9, 60]],
    ['milestone', [7]],
    ['grant', [40]],
    ['redemption', [-100]],
    ['referred', []],
    ['cancellation', []],
  ] as const) {
    expect([reason, await find(ada, `reason=${reason}`)]).toEqual([reason, amounts]);
  }
  expect(await find(friend, 'reason=referred')).toEqual([5]);
  const first = await read(ada, '/api/rewards', 'reason=referrer&limit=1');
  expect([first.balance, amountsOf(first)]).toEqual([7, [9]]);
  expect(await find(ada, `reason=referrer&limit=1&cursor=${first.nextCursor}`)).toEqual([60]);
  expect(amountsOf(await read(ada, '/api/rewards/export', 'format=json&reason=referrer'))).toEqual([60]);
  for (const [who, path] of [
    [ada, '/api/rewards'],
    [ada, '/api/rewards/export'],
    [admin, '/api/admin/rewards'],
  ] as const) {
    const [error] = (await read(who, path, 'reason=gift')).errors;
    expect([error.path, error.message]).toEqual([
      'reason',
      expect.stringMatching(/^Must be one of referrer, referred, milestone/),
    ]);
  }
});

describe('an administrator finds', () => {
  it('referrals by referrer, campaign, link, reason, time and text, in any status', async () => {
    const ada = await kit.signUp();
    const [good] = (await kit.bring(ada, 1)) as [SignedUp];
    const bad = await kit.refer(ada);
    await kit.decide(admin, await kit.referralIdOf(bad), 'reject', 'Spam, clearly');
    const find = async (query: string) => {
      const { items } = await read(admin, '/api/admin/referrals', query);
      return items.map(({ referred }: { referred: { username: string } }) => referred.username);
    };
    for (const referrer of [ada.user.id, ada.username, ada.email]) {
      expect(await find(`status=all&referrer=${referrer}`)).toEqual([good.username, bad.username]);
    }
    expect(await find(`referrer=${ada.username}`)).toEqual([]);
    expect(await find(`status=rejected&reason=${encodeURIComponent('Spam, clearly')}`)).toEqual([
      bad.username,
    ]);
    expect(await find(`status=all&link=${kit.codeOf(ada)}&from=${day(-1)}`)).toHaveLength(2);
    expect(await find(`status=all&referrer=nobody-at-all`)).toEqual([]);
    for (const q of [bad.username, bad.email.toUpperCase(), bad.user.id, await kit.referralIdOf(bad)]) {
      expect([q, await find(`status=all&q=${q}`)]).toEqual([q, [bad.username]]);
    }
    expect(await find(`status=all&q=${kit.codeOf(ada)}`)).toHaveLength(2);
    expect(await find('status=all&q=%25')).toEqual([]);
  });

  it('rewards by user, referrer, campaign, reason and text, in any state', async () => {
    const campaign = await kit.runCampaign(admin, { milestones: [{ referrals: 1, credits: 7 }] });
    const ada = await kit.signUp();
    const [friend] = (await kit.bring(ada, 1)) as [SignedUp];
    const find = async (query: string) => {
      const { items } = await read(admin, '/api/admin/rewards', query);
      return items.map(({ role, credits }: { role: string; credits: number }) => [role, credits]);
    };
    expect(await find(`state=all&user=${ada.username}`)).toEqual([
      ['referrer', 10],
      ['milestone', 7],
    ]);
    const sides = [
      ['referrer', 10],
      ['referred', 5],
    ];
    expect(await find(`state=granted&referrer=${ada.username}`)).toEqual(sides);
    expect(await find(`state=all&campaign=${campaign.id}`)).toHaveLength(3);
    expect(await find(`state=all&campaign=${campaign.id}&reason=milestone`)).toEqual([['milestone', 7]]);
    expect(await find(`state=all&referrer=${ada.username}&reason=referred`)).toEqual([['referred', 5]]);
    expect(await find(`state=all&q=${friend.email}`)).toEqual([['referred', 5]]);
    expect(await find(`state=all&q=${await kit.referralIdOf(friend)}`)).toEqual(sides);
    expect(await find(`user=${ada.username}`)).toEqual([]);
  });
});

describe('an export', () => {
  const lines = (body: unknown) => String(body).split('\r\n');

  it('of referrals is CSV whose cells no spreadsheet runs, or JSON, under the filters of the list', async () => {
    const ada = await kit.signUp();
    await kit.as(ada, 'POST', '/api/referral-links', { code: 'sheet-code', label: '=1+1,"x"' });
    const cookie = await kit.visitCookie('sheet-code?utm_source=%40SUM(A1)&utm_content=a%0Ab');
    const friend = await kit.signUp({}, { cookie });
    await kit.refer(ada);
    const { headers, body } = await kit.as(ada, 'GET', '/api/referrals/export?link=sheet-code');
    expect([headers.get('content-type'), headers.get('content-disposition')]).toEqual([
      'text/csv; charset=utf-8',
      'attachment; filename="referrals.csv"',
    ]);
    const [head, row, end] = lines(body);
    expect(head).toBe(
      'id,username,status,dateReferred,qualifiedAt,linkCode,linkLabel,campaign,campaignVersion,utmSource,utmMedium,utmCampaign,utmTerm,utmContent,source,page',
    );
    expect(row).toContain(`,${friend.username},pending,`);
    expect(row).toContain(`,sheet-code,"'=1+1,""x""",`);
    expect(row).toContain(",'@SUM(A1),");
    expect(end).toBe('');
    const json = await read(ada, '/api/referrals/export', 'format=json');
    expect([json.items.length, json.nextCursor]).toEqual([2, null]);
    expect(json.items[0]).not.toHaveProperty('reason');
    expect((await kit.as(ada, 'GET', '/api/referrals/export?status=lost')).status).toBe(400);
  });

  it('of the ledger adds up to the balance, for its user and for administrators', async () => {
    await kit.runCampaign(admin, { referrerCredits: 60, milestones: [] });
    const ada = await kit.signUp();
    await kit.bring(ada, 2);
    await kit.redeem(ada);
    const own = lines((await kit.as(ada, 'GET', '/api/rewards/export')).body);
    expect(own[0]).toBe('id,createdAt,kind,amount,role,referralId,milestone,item');
    const amounts = own.slice(1, -1).map((line) => Number(line.split(',')[3]));
    expect(amounts).toEqual([-100, 60, 60]);
    expect(await kit.balanceOf(ada)).toBe(20);
    const { items } = await read(admin, '/api/admin/ledger/export', `format=json&user=${ada.username}`);
    expect(items.map(({ amount }: { amount: number }) => amount)).toEqual(amounts);
    const rewards = await read(
      admin,
      '/api/admin/rewards/export',
      `format=json&state=granted&user=${ada.username}`,
    );
    expect(rewards.items).toMatchObject([
      { role: 'referrer', credits: 60, username: ada.username },
      { role: 'referrer', credits: 60, state: 'granted' },
    ]);
  });

  it('of all referrals is for administrators and says who referred, and why it was rejected', async () => {
    const ada = await kit.signUp();
    const friend = await kit.refer(ada);
    await kit.decide(admin, await kit.referralIdOf(friend), 'reject', '+reason');
    const path = `/api/admin/referrals/export?status=rejected&referrer=${ada.username}`;
    const [head, row] = lines((await kit.as(admin, 'GET', path)).body);
    expect(head).toContain(',referrerId,referrer,reason,risk,signals');
    expect(row).toContain(`,${ada.user.id},${ada.username},'+reason,0,`);
    for (const forbidden of [
      '/api/admin/referrals/export',
      '/api/admin/rewards/export',
      '/api/admin/ledger/export',
    ]) {
      expect((await kit.as(ada, 'GET', forbidden)).status).toBe(403);
    }
  });

  it('of thousands is complete, and each row comes once', async () => {
    const ada = await kit.signUp();
    const campaign = '01900000-0000-7000-8000-000000000002';
    await sql`
      with people as (
        insert into users (id, referral_code, referred_by, deleted_at)
        select gen_random_uuid(), 'gone' || n, ${ada.user.id}, now() from generate_series(1, 4500) n returning id, referral_code
      ),
      links as (insert into referral_links (id, user_id, code) select gen_random_uuid(), id, referral_code from people
        returning id, user_id, code),
      codes as (insert into referral_codes (code, link_id, user_id) select code, id, user_id from links)
      insert into referrals (id, referrer_id, referred_user_id, link_id, campaign_version_id)
      select gen_random_uuid(), ${ada.user.id}, p.id, l.id, ${campaign}
      from people p, referral_links l where l.user_id = ${ada.user.id}`.execute(server.app.db);
    const body = (await kit.as(ada, 'GET', '/api/referrals/export')).body;
    const ids = lines(body)
      .slice(1, -1)
      .map((line) => line.split(',')[0]);
    expect([ids.length, new Set(ids).size]).toEqual([4500, 4500]);
  });
});

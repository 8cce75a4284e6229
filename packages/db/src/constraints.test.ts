import { randomBytes, randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { cloneDatabase } from './testing/index.ts';

const CHECK = '23514';
const UNIQUE = '23505';
const FOREIGN_KEY = '23503';
const IMMUTABLE = '23000';

let database: Awaited<ReturnType<typeof cloneDatabase>>;
let client: pg.Client;

beforeAll(async () => {
  database = await cloneDatabase(inject('databaseServerUrl'));
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
});

afterAll(async () => {
  await client.end();
  await database.drop();
});

const text = () => randomBytes(6).toString('hex');
const hash = () => randomBytes(32);

async function insert(table: string, row: Record<string, unknown>): Promise<void> {
  const columns = Object.keys(row);
  const places = columns.map((_, index) => `$${index + 1}`);
  await client.query(
    `insert into ${table} (${columns.join()}) values (${places.join()})`,
    Object.values(row),
  );
}

const update = (table: string, id: string, column: string, value: unknown) =>
  client.query(`update ${table} set ${column} = $2 where id = $1`, [id, value]);

async function inTransaction(work: () => Promise<void>): Promise<void> {
  await client.query('begin');
  try {
    await work();
    await client.query('commit');
  } catch (error) {
    await client.query('rollback');
    throw error;
  }
}

/** The campaign created by the migrations, and its newest version. */
const [FIRST_CAMPAIGN, FIRST_TERMS] = [
  '01900000-0000-7000-8000-000000000001',
  '01900000-0000-7000-8000-000000000002',
];

type User = { id: string; linkId: string; code: string; referredBy: string | null };

/** Stores a user with a first link and code, as a sign-up does; `row` and `link` override columns. */
async function signUp(row: Record<string, unknown> = {}, link: Record<string, unknown> = {}): Promise<User> {
  const [id, linkId, code] = [randomUUID(), randomUUID(), text()];
  const email = `${text()}@example.com`;
  const names = { username: text(), email, email_canonical: email, password_hash: 'x', referral_code: code };
  await inTransaction(async () => {
    await insert('users', { id, ...names, ...row });
    await insert('referral_links', { id: linkId, user_id: id, code, ...link });
    await insert('referral_codes', { code: link['code'] ?? code, link_id: linkId, user_id: id });
  });
  return { id, linkId, code, referredBy: (row['referred_by'] as string | undefined) ?? null };
}

const referralOf = (referrer: User, referred: User, row: Record<string, unknown> = {}) => ({
  id: randomUUID(),
  referrer_id: referrer.id,
  referred_user_id: referred.id,
  link_id: referrer.linkId,
  campaign_version_id: FIRST_TERMS,
  ...row,
});

/** Stores a referrer, a referred user and their referral. */
async function refer(row: Record<string, unknown> = {}) {
  const referrer = await signUp();
  const referred = await signUp({ referred_by: referrer.id });
  const referral = referralOf(referrer, referred, row);
  await insert('referrals', referral);
  return { referrer, referred, referral };
}

const refusal = (code: string, constraint?: string) =>
  constraint === undefined ? { code } : { code, constraint };

describe('two users cannot have', () => {
  it('one email address, however it is cased', async () => {
    const email = `${text()}.Ada@Example.com`;
    await signUp({ email });
    for (const same of [email, email.toLowerCase(), email.toUpperCase()]) {
      await expect(signUp({ email: same })).rejects.toMatchObject(refusal(UNIQUE, 'users_email_key'));
    }
  });

  it('one username, however it is cased', async () => {
    const username = `Ada.${text()}`;
    await signUp({ username });
    for (const same of [username, username.toLowerCase(), username.toUpperCase()]) {
      await expect(signUp({ username: same })).rejects.toMatchObject(refusal(UNIQUE, 'users_username_key'));
    }
  });

  it('one mailbox that both have verified, but unverified ones may share it', async () => {
    const email_canonical = `${text()}@example.com`;
    const email_verified_at = new Date();
    await signUp({ email_canonical });
    await signUp({ email_canonical });
    const { id } = await signUp({ email_canonical, email_verified_at });
    await expect(signUp({ email_canonical, email_verified_at })).rejects.toMatchObject(
      refusal(UNIQUE, 'users_verified_mailbox_key'),
    );
    await update('users', id, 'email_canonical', `${text()}@example.com`);
    await expect(signUp({ email_canonical, email_verified_at })).resolves.toHaveProperty('id');
  });

  it('one referral code, however it is cased', async () => {
    const code = `Code-${text()}`;
    await signUp({ referral_code: code }, { code });
    for (const same of [code, code.toLowerCase(), code.toUpperCase()]) {
      const again = signUp({ referral_code: same }, { code: same });
      await expect(again).rejects.toMatchObject({ code: UNIQUE, table: 'referral_codes' });
    }
  });

  it('one code one after the other, even if the first user has replaced it', async () => {
    const [first, second] = [await signUp(), await signUp()];
    const code = text();
    await insert('referral_codes', { code, link_id: first.linkId, user_id: first.id });
    await inTransaction(async () => {
      await client.query('set constraints all deferred');
      await update('referral_links', first.linkId, 'code', code);
      await update('users', first.id, 'referral_code', code);
    });
    const taken = { code: first.code.toUpperCase(), link_id: second.linkId, user_id: second.id };
    await expect(insert('referral_codes', taken)).rejects.toMatchObject(
      refusal(UNIQUE, 'referral_codes_folded_key'),
    );
  });
});

describe('a user cannot', () => {
  it.each([
    'ab',
    'a'.repeat(31),
    '.ada',
    'ada.',
    'ada..b',
    'ada._b',
    '-ada',
    'ada_',
    'ada b',
    'ada@b',
    'äda',
    'ad\u0430',
    'ada\n',
    '\u212Aate',
    'ada\u202E',
    '',
  ])('be called %j', async (username) => {
    await expect(signUp({ username })).rejects.toMatchObject(refusal(CHECK, 'users_username_check'));
  });

  it.each(['abc', 'a'.repeat(30), 'Ada.Love-lace_1', '123', 'a.b'])(
    'be prevented from being called %j',
    async (name) => {
      await expect(signUp({ username: name })).resolves.toHaveProperty('id');
    },
  );

  it.each(['', 'a@', `${'a'.repeat(250)}@b.de`])('have the email address %j', async (email) => {
    await expect(signUp({ email })).rejects.toMatchObject(refusal(CHECK, 'users_email_check'));
  });

  it('have an unknown role', async () => {
    await expect(signUp({ role: 'root' })).rejects.toMatchObject(refusal(CHECK, 'users_role_check'));
  });

  it('have the referral code of someone else’s link', async () => {
    const other = await signUp();
    const constraint = refusal(FOREIGN_KEY, 'users_referral_code_fkey');
    await expect(signUp({ referral_code: other.code })).rejects.toMatchObject(constraint);
    await expect(signUp({ referral_code: 'nobodys' })).rejects.toMatchObject(constraint);
  });

  it('lose the link of their referral code', async () => {
    const { linkId } = await signUp();
    const losing = inTransaction(async () => {
      await client.query('delete from referral_codes where link_id = $1', [linkId]);
      await client.query('delete from referral_links where id = $1', [linkId]);
    });
    await expect(losing).rejects.toMatchObject(refusal(FOREIGN_KEY, 'users_referral_code_fkey'));
  });

  it('be referred by themselves', async () => {
    const id = randomUUID();
    await expect(signUp({ id, referred_by: id }, { user_id: id })).rejects.toMatchObject(
      refusal(CHECK, 'users_not_referred_by_self'),
    );
  });

  it('be referred by a user who does not exist', async () => {
    await expect(signUp({ referred_by: randomUUID() })).rejects.toMatchObject(
      refusal(FOREIGN_KEY, 'users_referred_by_fkey'),
    );
  });

  it('change, gain or lose a referrer later', async () => {
    const [first, second] = [await signUp(), await signUp()];
    const referred = await signUp({ referred_by: first.id });
    const refused = { ...refusal(IMMUTABLE), message: 'referred_by of users cannot be changed' };
    await expect(update('users', referred.id, 'referred_by', second.id)).rejects.toMatchObject(refused);
    await expect(update('users', referred.id, 'referred_by', null)).rejects.toMatchObject(refused);
    await expect(update('users', first.id, 'referred_by', referred.id)).rejects.toMatchObject(refused);
    await expect(update('users', second.id, 'referred_by', second.id)).rejects.toMatchObject(refused);
    await expect(update('users', referred.id, 'referred_by', first.id)).resolves.toHaveProperty(
      'rowCount',
      1,
    );
  });

  it('be deleted while someone is referred by them', async () => {
    const { referrer } = await refer();
    await expect(client.query('delete from users where id = $1', [referrer.id])).rejects.toMatchObject(
      refusal(FOREIGN_KEY),
    );
  });
});

describe('a referral link cannot', () => {
  it('show a code of another link, or an unknown one', async () => {
    const [first, second] = [await signUp(), await signUp()];
    const link = { id: randomUUID(), user_id: second.id };
    for (const code of [first.code, 'nobodys']) {
      await expect(insert('referral_links', { ...link, code })).rejects.toMatchObject({ code: FOREIGN_KEY });
    }
  });

  it('have a code that belongs to another user', async () => {
    const [first, second] = [await signUp(), await signUp()];
    const wrong = { code: text(), link_id: first.linkId, user_id: second.id };
    await expect(insert('referral_codes', wrong)).rejects.toMatchObject(
      refusal(FOREIGN_KEY, 'referral_codes_link_fkey'),
    );
  });

  it.each(['', 'ab', 'a'.repeat(33), '-abc', 'a b c', 'äöü', 'abc/def', 'a?b=c', 'abc\n'])(
    'have the code %j',
    async (code) => {
      const user = await signUp();
      await expect(
        insert('referral_links', { id: randomUUID(), user_id: user.id, code }),
      ).rejects.toMatchObject(refusal(CHECK, 'referral_links_code_check'));
    },
  );

  it('be used more often than max_uses, even concurrently', async () => {
    const { linkId } = await signUp({}, { max_uses: 3 });
    const pool = new pg.Pool({ connectionString: database.url, max: 10 });
    const uses = Array.from({ length: 10 }, () =>
      pool.query('update referral_links set uses = uses + 1 where id = $1', [linkId]),
    );
    const outcomes = await Promise.allSettled(uses);
    await pool.end();
    expect(outcomes.filter((outcome) => outcome.status === 'fulfilled')).toHaveLength(3);
    for (const outcome of outcomes) {
      if (outcome.status === 'fulfilled') continue;
      expect(outcome.reason).toMatchObject(refusal(CHECK, 'referral_links_within_max_uses'));
    }
  });

  it('have a negative number of uses', async () => {
    const constraint = refusal(CHECK, 'referral_links_uses_check');
    await expect(signUp({}, { uses: -1 })).rejects.toMatchObject(constraint);
    const { linkId } = await signUp({}, { uses: 1 });
    await expect(update('referral_links', linkId, 'uses', -1)).rejects.toMatchObject(constraint);
    await expect(update('referral_links', linkId, 'uses', 0)).resolves.toHaveProperty('rowCount', 1);
  });

  it('have a limit below its uses, or of zero', async () => {
    const { linkId } = await signUp({}, { max_uses: 5, uses: 4 });
    await expect(update('referral_links', linkId, 'max_uses', 3)).rejects.toMatchObject(
      refusal(CHECK, 'referral_links_within_max_uses'),
    );
    await expect(signUp({}, { max_uses: 0 })).rejects.toMatchObject(
      refusal(CHECK, 'referral_links_max_uses_check'),
    );
  });
});

describe('the landing address of a referral link cannot', () => {
  it.each(['javascript:alert(1)', '/register', `https://app.example.com/${'x'.repeat(2_048)}`])(
    'be %s',
    async (url) => {
      const { linkId } = await signUp();
      await expect(update('referral_links', linkId, 'landing_url', url)).rejects.toMatchObject(
        refusal(CHECK, 'referral_links_landing_url_check'),
      );
    },
  );
});

describe('a referral cannot', () => {
  it('have another referrer than the referred user has', async () => {
    const [referrer, other] = [await signUp(), await signUp()];
    const referred = await signUp({ referred_by: referrer.id });
    const constraint = refusal(FOREIGN_KEY, 'referrals_referred_user_id_referrer_id_fkey');
    await expect(insert('referrals', referralOf(other, referred))).rejects.toMatchObject(constraint);
  });

  it('belong to a user without a referrer', async () => {
    const [referrer, loner] = [await signUp(), await signUp()];
    const constraint = refusal(FOREIGN_KEY, 'referrals_referred_user_id_referrer_id_fkey');
    await expect(insert('referrals', referralOf(referrer, loner))).rejects.toMatchObject(constraint);
    await expect(insert('referrals', referralOf(loner, loner))).rejects.toMatchObject(constraint);
  });

  it('use the link of another user', async () => {
    const [referrer, other] = [await signUp(), await signUp()];
    const referred = await signUp({ referred_by: referrer.id });
    await expect(
      insert('referrals', referralOf(referrer, referred, { link_id: other.linkId })),
    ).rejects.toMatchObject(refusal(FOREIGN_KEY, 'referrals_link_id_referrer_id_fkey'));
  });

  it('be moved to another referrer, user or link', async () => {
    const { referral } = await refer();
    const { referral: other } = await refer();
    for (const column of ['referrer_id', 'referred_user_id', 'link_id'] as const) {
      await expect(update('referrals', referral.id, column, other[column])).rejects.toHaveProperty('code');
    }
  });

  it('be the second one of a user', async () => {
    const { referrer, referred } = await refer();
    await expect(insert('referrals', referralOf(referrer, referred))).rejects.toMatchObject(
      refusal(UNIQUE, 'referrals_referred_user_id_key'),
    );
  });

  it.each(['', 'Pending', 'done', 'cancelled'])('have the status %j', async (status) => {
    await expect(refer({ status })).rejects.toMatchObject(refusal(CHECK, 'referrals_status_check'));
  });

  it('be successful without qualified_at, or have qualified_at without being successful', async () => {
    const constraint = refusal(CHECK, 'referrals_qualified');
    await expect(refer({ status: 'successful' })).rejects.toMatchObject(constraint);
    for (const status of ['pending', 'rejected', 'review']) {
      await expect(refer({ status, qualified_at: new Date() })).rejects.toMatchObject(constraint);
    }
    await expect(refer({ status: 'successful', qualified_at: new Date() })).resolves.toHaveProperty(
      'referral',
    );
  });
});

describe('a referral', () => {
  const STATES = ['pending', 'successful', 'rejected', 'review'];
  const LEGAL = new Set([
    'pending-successful',
    'pending-rejected',
    'pending-review',
    'review-pending',
    'review-rejected',
    'successful-rejected',
  ]);
  const moves = STATES.flatMap((from) => STATES.filter((to) => to !== from).map((to) => [from, to] as const));
  const since = (status: string) => (status === 'successful' ? new Date() : null);

  it.each(moves)('changes from %s to %s only if that is allowed', async (from, to) => {
    const { referral } = await refer({ status: from, qualified_at: since(from) });
    const move = client.query('update referrals set status = $1, qualified_at = $2 where id = $3', [
      to,
      since(to),
      referral.id,
    ]);
    if (LEGAL.has(`${from}-${to}`)) await expect(move).resolves.toHaveProperty('rowCount', 1);
    else await expect(move).rejects.toThrow(`a referral cannot go from ${from} to ${to}`);
  });

  it.each(['referral_campaign_versions', 'referral_events'])(
    'depends on %s, which are immutable',
    async (table) => {
      const { referral } = await refer();
      await insert('referral_events', {
        referral_id: referral.id,
        from_status: 'pending',
        to_status: 'rejected',
      });
      const column = table === 'referral_events' ? 'reason' : 'cap_period';
      await expect(client.query(`update ${table} set ${column} = 'day'`)).rejects.toThrow(
        'cannot be changed',
      );
      await expect(client.query(`delete from ${table}`)).rejects.toThrow('cannot be changed');
    },
  );
});

describe('a campaign version cannot', () => {
  it('approve fewer than one referral by itself', async () => {
    const version = { id: randomUUID(), campaign_id: FIRST_CAMPAIGN, version: 99, attribution: 'last' };
    const terms = { requires_page: false, min_age_seconds: 0, reviews_same_domain: false };
    const rewards = { referrer_credits: 0, referred_credits: 0, cap_period: 'all', milestones: '[]' };
    const row = { ...version, ...terms, ...rewards, auto_approve_limit: 0 };
    await expect(
      insert('referral_campaign_versions', { ...row, auto_approve_limit: null, hold_days: 366 }),
    ).rejects.toMatchObject(refusal(CHECK, 'referral_campaign_versions_hold_days_check'));
    await expect(insert('referral_campaign_versions', row)).rejects.toMatchObject(
      refusal(CHECK, 'referral_campaign_versions_auto_approve_limit_check'),
    );
    for (const [constraint, members] of [
      ['referral_campaign_versions_review_risk_check', { review_risk: 0 }],
      ['referral_campaign_versions_signal_weights_check', { signal_weights: '[]' }],
    ] as const) {
      await expect(
        insert('referral_campaign_versions', { ...row, auto_approve_limit: null, ...members }),
      ).rejects.toMatchObject(refusal(CHECK, constraint));
    }
  });
});

describe('a campaign cannot', () => {
  it.each([
    ['referral_campaigns_audience_check', { audience: 'some' }],
    ['referral_campaigns_group', { audience: 'group' }],
    ['referral_campaigns_group', { group_name: 'partners' }],
    ['referral_campaigns_pauses_while_running', { paused_at: '2026-01-01Z' }],
    [
      'referral_campaigns_pauses_while_running',
      { started_at: '2026-01-01Z', ended_at: '2026-01-02Z', paused_at: '2026-01-01Z' },
    ],
    ['referral_campaigns_times', { starts_at: '2026-01-02Z', ends_at: '2026-01-02Z' }],
  ])('break %s with %j', async (constraint, row) => {
    const campaign = { id: randomUUID(), name: 'x', ...row };
    await expect(insert('referral_campaigns', campaign)).rejects.toMatchObject(refusal(CHECK, constraint));
  });

  it('run for everyone beside another one', async () => {
    const campaign = { id: randomUUID(), name: 'x', started_at: '2026-01-01Z' };
    await expect(insert('referral_campaigns', campaign)).rejects.toMatchObject(
      refusal(UNIQUE, 'referral_campaigns_everyone_key'),
    );
    await expect(insert('referral_campaigns', { ...campaign, audience: 'users' })).resolves.toBeUndefined();
  });

  it('be for a group with such a name', async () => {
    const { id } = await signUp();
    await expect(
      insert('referrer_group_members', { group_name: 'No blanks', user_id: id }),
    ).rejects.toMatchObject(refusal(CHECK, 'referrer_group_members_group_name_check'));
  });
});

describe('an item of the catalogue cannot', () => {
  const item = () => ({
    id: randomUUID(),
    item: `i-${randomUUID().slice(0, 8)}`,
    kind: 'code',
    name: 'x',
    cost: 1,
  });

  it.each([
    ['item', { item: 'No blanks' }],
    ['kind', { kind: 'cash' }],
    ['name', { name: '' }],
    ['description', { description: '' }],
    ['cost', { cost: 0 }],
    ['min_referrals', { min_referrals: -1 }],
    ['max_per_user', { max_per_user: 0 }],
  ])('have a wrong %s', async (column, members) => {
    await expect(insert('reward_items', { ...item(), ...members })).rejects.toMatchObject(
      refusal(CHECK, `reward_items_${column}_check`),
    );
  });

  it('have the name of another one, or a code twice', async () => {
    const one = item();
    await insert('reward_items', one);
    await expect(insert('reward_items', { ...one, id: randomUUID() })).rejects.toMatchObject(
      refusal(UNIQUE, 'reward_items_item_key'),
    );
    await insert('reward_item_codes', { item_id: one.id, code: 'A' });
    await expect(insert('reward_item_codes', { item_id: one.id, code: 'A' })).rejects.toMatchObject(
      refusal(UNIQUE, 'reward_item_codes_code_key'),
    );
    await expect(insert('reward_item_codes', { item_id: one.id, code: '' })).rejects.toMatchObject(
      refusal(CHECK, 'reward_item_codes_code_check'),
    );
  });
});

describe('a redemption cannot', () => {
  it('be open and fulfilled or cancelled, return its credits twice, or get two codes', async () => {
    const { id: userId } = await signUp();
    const [itemId, id] = [randomUUID(), randomUUID()];
    await insert('reward_items', {
      id: itemId,
      item: `r-${id.slice(0, 8)}`,
      kind: 'code',
      name: 'x',
      cost: 1,
    });
    await insert('credit_entries', { id, user_id: userId, amount: -1, kind: 'redemption', item: 'x' });
    const redemption = { id, user_id: userId, item_id: itemId };
    for (const [constraint, members] of [
      ['redemptions_state_check', { state: 'lost' }],
      ['redemptions_note_check', { state: 'open', note: '' }],
      ['redemptions_fulfilled', { state: 'open', fulfilled_at: '2026-01-01Z' }],
      ['redemptions_fulfilled', { state: 'fulfilled' }],
      ['redemptions_cancelled', { state: 'cancelled' }],
      ['redemptions_cancelled', { state: 'open', cancelled_at: '2026-01-01Z' }],
    ] as const) {
      await expect(insert('redemptions', { ...redemption, ...members })).rejects.toMatchObject(
        refusal(CHECK, constraint),
      );
    }
    await insert('redemptions', { ...redemption, state: 'open' });
    const returned = { user_id: userId, amount: 1, kind: 'cancellation', reverses_id: id };
    await insert('credit_entries', { ...returned, id: randomUUID() });
    await expect(insert('credit_entries', { ...returned, id: randomUUID() })).rejects.toMatchObject(
      refusal(UNIQUE, 'credit_entries_reverses_id_key'),
    );
    await insert('reward_item_codes', { item_id: itemId, code: 'A', redemption_id: id });
    await expect(
      insert('reward_item_codes', { item_id: itemId, code: 'B', redemption_id: id }),
    ).rejects.toMatchObject(refusal(UNIQUE, 'reward_item_codes_redemption_key'));
  });
});

describe('a credited visit cannot', () => {
  it('be credited a second time', async () => {
    const id = randomUUID();
    await insert('used_attributions', { id });
    await expect(insert('used_attributions', { id })).rejects.toMatchObject(
      refusal(UNIQUE, 'used_attributions_pkey'),
    );
  });
});

describe('the ranks of the leaderboard cannot', () => {
  it.each([
    { successful: 0, referrers: 1 },
    { successful: 1, referrers: 0 },
    { successful: 1, referrers: 1, period: 'no period' },
  ])('have the row %j', async (row) => {
    await expect(insert('referral_leaderboard_ranks', { period: 'all', ...row })).rejects.toMatchObject(
      refusal(CHECK),
    );
  });
});

describe('counts cannot', () => {
  const COUNTS = { visits: 0, signups: 0, pending: 0, successful: 0, rejected: 0, review: 0 };
  const OF_SIGNUPS = ['pending', 'successful', 'rejected', 'review'];

  it('fail to add up', async () => {
    const { id: referrer_id, linkId: link_id } = await signUp();
    const wrong = [{ signups: 1 }, ...OF_SIGNUPS.map((name) => ({ [name]: 1 })), { signups: 2, pending: 1 }];
    for (const counts of wrong) {
      const row = { ...COUNTS, referrer_id, link_id, ...counts };
      await expect(insert('referral_deltas', row)).rejects.toMatchObject(
        refusal(CHECK, 'referral_deltas_add_up'),
      );
      await expect(insert('referral_totals', row)).rejects.toMatchObject(
        refusal(CHECK, 'referral_totals_add_up'),
      );
    }
  });

  it('be negative in total', async () => {
    const { id: referrer_id, linkId: link_id } = await signUp();
    const wrong = [{ visits: -1 }, ...OF_SIGNUPS.map((name) => ({ signups: -1, [name]: -1 }))];
    const balanced = OF_SIGNUPS.map((name, index) => ({ [name]: -1, [OF_SIGNUPS.at(index - 1) ?? '']: 1 }));
    for (const counts of [...wrong, ...balanced]) {
      await expect(
        insert('referral_totals', { ...COUNTS, referrer_id, link_id, ...counts }),
      ).rejects.toMatchObject({
        code: CHECK,
        constraint: expect.stringMatching(/^referral_totals_/) as string,
      });
    }
  });

  it('be negative on a day', async () => {
    const { id: referrer_id } = await signUp();
    const day = { referrer_id, day: '2026-01-31', visits: 0, signups: 0, successful: 0 };
    for (const column of ['visits', 'signups']) {
      await expect(insert('referral_daily', { ...day, [column]: -1 })).rejects.toMatchObject(
        refusal(CHECK, `referral_daily_${column}_check`),
      );
    }
    await expect(insert('referral_daily', day)).resolves.toBeUndefined();
  });

  it('belong to someone who does not own the link', async () => {
    const [owner, other] = [await signUp(), await signUp()];
    for (const table of ['referral_deltas', 'referral_totals']) {
      const row = { ...COUNTS, referrer_id: other.id, link_id: owner.linkId, visits: 1 };
      await expect(insert(table, row)).rejects.toMatchObject(
        refusal(FOREIGN_KEY, `${table}_link_id_referrer_id_fkey`),
      );
    }
  });

  it('exist twice for one link or for one day', async () => {
    const { id: referrer_id, linkId: link_id } = await signUp();
    await insert('referral_totals', { ...COUNTS, referrer_id, link_id });
    await expect(insert('referral_totals', { ...COUNTS, referrer_id, link_id })).rejects.toMatchObject(
      refusal(UNIQUE, 'referral_totals_pkey'),
    );
    const day = { referrer_id, day: '2026-01-31', visits: 1, signups: 0, successful: 0 };
    await insert('referral_daily', day);
    await expect(insert('referral_daily', day)).rejects.toMatchObject(refusal(UNIQUE, 'referral_daily_pkey'));
  });

  it('have a page without coming from one, or come from nowhere known', async () => {
    const { referrer, referral } = await refer();
    const page_id = randomUUID();
    for (const row of [{ source: 'page' }, { source: 'qr', page_id }, { source: 'link', page_id }]) {
      await expect(refer(row)).rejects.toMatchObject(refusal(CHECK, 'referrals_of_page'));
    }
    await expect(refer({ source: 'post' })).rejects.toMatchObject(refusal(CHECK, 'referrals_source_check'));
    const owned = { referrer_id: referrer.id, link_id: referral.link_id };
    for (const table of ['referral_source_deltas', 'referral_source_totals']) {
      const counts = { visits: 1, signups: 1, successful: 0 };
      await expect(insert(table, { ...owned, ...counts, source: 'page' })).rejects.toMatchObject(
        refusal(CHECK, `${table}_of_page`),
      );
      await expect(insert(table, { ...owned, ...counts, source: 'link' })).rejects.toMatchObject(
        refusal(CHECK, `${table}_source_check`),
      );
    }
  });

  it('be negative by source, pass the sign-ups, or exist twice for one source', async () => {
    const { id: referrer_id, linkId: link_id } = await signUp();
    const row = { referrer_id, link_id, source: 'qr', visits: 0, signups: 0, successful: 0 };
    for (const column of ['visits', 'signups', 'successful']) {
      await expect(insert('referral_source_totals', { ...row, [column]: -1 })).rejects.toHaveProperty(
        'code',
        CHECK,
      );
    }
    await expect(insert('referral_source_totals', { ...row, successful: 1 })).rejects.toMatchObject(
      refusal(CHECK, 'referral_source_totals_successful_check'),
    );
    await insert('referral_source_totals', row);
    await expect(insert('referral_source_totals', row)).rejects.toMatchObject(
      refusal(UNIQUE, 'referral_source_totals_key'),
    );
  });

  it('be prevented from moving a sign-up from pending to successful', async () => {
    const { id: referrer_id, linkId: link_id } = await signUp();
    const moved = { ...COUNTS, referrer_id, link_id, pending: -1, successful: 1 };
    await expect(insert('referral_deltas', moved)).resolves.toBeUndefined();
  });
});

describe('a reward cannot', () => {
  const rewardOf = (userId: string, referralId: string, row: Record<string, unknown> = {}) => ({
    id: randomUUID(),
    user_id: userId,
    referral_id: referralId,
    campaign_id: FIRST_CAMPAIGN,
    role: 'referrer',
    credits: 10,
    ...row,
  });

  it('be granted twice for one referral and role', async () => {
    const { referrer, referred, referral } = await refer();
    await insert('rewards', rewardOf(referrer.id, referral.id));
    await insert('rewards', rewardOf(referred.id, referral.id, { role: 'referred' }));
    for (const role of ['referrer', 'referred']) {
      await expect(insert('rewards', rewardOf(referrer.id, referral.id, { role }))).rejects.toMatchObject(
        refusal(UNIQUE, 'rewards_referral_id_role_key'),
      );
    }
  });

  it('have no credits, an unknown role or state, no referral, or a hold without an end', async () => {
    const { referrer, referral } = await refer();
    const give = (row: Record<string, unknown>, referralId = referral.id) =>
      insert('rewards', rewardOf(referrer.id, referralId, row));
    await expect(give({ credits: 0 })).rejects.toMatchObject(refusal(CHECK, 'rewards_credits_check'));
    await expect(give({ credits: -10 })).rejects.toMatchObject(refusal(CHECK, 'rewards_credits_check'));
    await expect(give({ role: 'friend' })).rejects.toMatchObject(refusal(CHECK, 'rewards_role_check'));
    const ofReferral = refusal(CHECK, 'rewards_of_referral_or_milestone');
    for (const row of [{ threshold: 5 }, { role: 'milestone' }, { role: 'milestone', referral_id: null }])
      await expect(give(row)).rejects.toMatchObject(ofReferral);
    const held = refusal(CHECK, 'rewards_held_until');
    for (const state of ['pending', 'cancelled']) await expect(give({ state })).rejects.toMatchObject(held);
    await expect(give({ state: 'lost' })).rejects.toMatchObject(refusal(CHECK, 'rewards_state_check'));
    await expect(give({}, randomUUID())).rejects.toMatchObject(refusal(FOREIGN_KEY));
  });
});

describe('a ledger entry cannot', () => {
  it('be by hand without a reason and an administrator, or take back what is not there', async () => {
    const { id: user_id } = await signUp();
    const put = (row: Record<string, unknown>) =>
      insert('credit_entries', { id: randomUUID(), user_id, amount: 5, kind: 'grant', ...row });
    const byHand = { reason: 'A raffle', actor_id: user_id };
    await put(byHand);
    await put({ ...byHand, kind: 'deduction', amount: -5 });
    const handed = refusal(CHECK, 'credit_entries_by_hand');
    for (const row of [{}, { ...byHand, reason: null }, { ...byHand, actor_id: null }])
      await expect(put(row)).rejects.toMatchObject(handed);
    const earned = refusal(CHECK, 'credit_entries_earned_or_spent');
    for (const row of [
      { ...byHand, kind: 'deduction' },
      { ...byHand, amount: -5 },
      { kind: 'restoration' },
      { kind: 'reversal', amount: -5 },
      { kind: 'redemption', amount: -5 },
      { kind: 'cancellation' },
    ])
      await expect(put(row)).rejects.toMatchObject(earned);
    await expect(put({ ...byHand, kind: 'gift' })).rejects.toMatchObject({ code: CHECK });
  });
});

describe('a reversal cannot', () => {
  it('have an unknown cause, and nothing else has one', async () => {
    const { referral } = await refer({ status: 'successful', qualified_at: new Date() });
    const put = (from_status: string, cause: string) =>
      insert('referral_events', { referral_id: referral.id, from_status, to_status: 'rejected', cause });
    await put('successful', 'refund');
    await expect(put('successful', 'dislike')).rejects.toMatchObject(
      refusal(CHECK, 'referral_events_cause_check'),
    );
    await expect(put('pending', 'fraud')).rejects.toMatchObject(
      refusal(CHECK, 'referral_events_cause_of_reversal'),
    );
  });

  it('be undone without having happened', async () => {
    const { referral } = await refer({ status: 'rejected' });
    const undo = () =>
      client.query(`update referrals set status = 'successful', qualified_at = now() where id = $1`, [
        referral.id,
      ]);
    await expect(undo()).rejects.toThrow('a referral cannot go from rejected to successful');
    await insert('referral_events', {
      referral_id: referral.id,
      from_status: 'successful',
      to_status: 'rejected',
    });
    await expect(undo()).resolves.toHaveProperty('rowCount', 1);
  });
});

describe('a session cannot', () => {
  async function beginSession() {
    const user = await signUp();
    const session = { id: randomUUID(), user_id: user.id, expires_at: new Date() };
    await insert('sessions', session);
    await insert('refresh_tokens', { token_hash: hash(), session_id: session.id });
    return session;
  }

  it('have two valid refresh tokens', async () => {
    const { id } = await beginSession();
    await expect(insert('refresh_tokens', { token_hash: hash(), session_id: id })).rejects.toMatchObject(
      refusal(UNIQUE, 'refresh_tokens_one_live_key'),
    );
    await client.query('update refresh_tokens set rotated_at = now() where session_id = $1', [id]);
    await expect(insert('refresh_tokens', { token_hash: hash(), session_id: id })).resolves.toBeUndefined();
  });

  it('share a refresh token with another one', async () => {
    const [first, second] = [await beginSession(), await beginSession()];
    const spent = { token_hash: hash(), rotated_at: new Date() };
    await insert('refresh_tokens', { ...spent, session_id: first.id });
    await expect(insert('refresh_tokens', { ...spent, session_id: second.id })).rejects.toMatchObject(
      refusal(UNIQUE, 'refresh_tokens_pkey'),
    );
  });

  it('have an empty name', async () => {
    const { id } = await beginSession();
    await expect(update('sessions', id, 'name', '')).rejects.toMatchObject(
      refusal(CHECK, 'sessions_name_check'),
    );
  });

  it('store a plain token instead of its SHA-256', async () => {
    const { id } = await beginSession();
    const token_hash = Buffer.from(randomBytes(32).toString('base64url'));
    await expect(
      insert('refresh_tokens', { token_hash, session_id: id, rotated_at: new Date() }),
    ).rejects.toMatchObject(refusal(CHECK, 'refresh_tokens_token_hash_check'));
  });
});

describe('a count of attempts cannot', () => {
  it('be stored under an account or client in plain text', async () => {
    const row = { name_hash: hash(), attempts: 1, window_ends_at: new Date() };
    await insert('sign_in_throttles', { ...row, account_hash: hash() });
    await expect(
      insert('sign_in_throttles', { ...row, name_hash: hash(), account_hash: Buffer.from('ada') }),
    ).rejects.toMatchObject(refusal(CHECK, 'sign_in_throttles_account_hash_check'));
    await expect(
      insert('sign_in_throttles', { ...row, name_hash: Buffer.from('ada') }),
    ).rejects.toMatchObject(refusal(CHECK, 'sign_in_throttles_name_hash_check'));
  });
});

describe('a mailed token cannot', () => {
  const tokenOf = (userId: string, row: Record<string, unknown> = {}) => ({
    id: randomUUID(),
    user_id: userId,
    purpose: 'verify_email',
    email: 'ada@example.com',
    token_hash: hash(),
    expires_at: new Date(),
    ...row,
  });

  it('be valid together with another one for the same purpose', async () => {
    const { id } = await signUp();
    const first = tokenOf(id);
    await insert('email_tokens', first);
    await expect(insert('email_tokens', tokenOf(id))).rejects.toMatchObject(
      refusal(UNIQUE, 'email_tokens_one_live_purpose_key'),
    );
    await insert('email_tokens', tokenOf(id, { purpose: 'reset_password' }));
    await insert('email_tokens', tokenOf(id, { purpose: 'undo_email_change' }));
    for (const _ of [1, 2]) await insert('email_tokens', tokenOf(id, { purpose: 'report_sign_in' }));
    await update('email_tokens', first.id, 'used_at', new Date());
    await expect(insert('email_tokens', tokenOf(id))).resolves.toBeUndefined();
  });

  it('be the same as another one', async () => {
    const [first, second] = [await signUp(), await signUp()];
    const token_hash = hash();
    await insert('email_tokens', tokenOf(first.id, { token_hash }));
    await expect(insert('email_tokens', tokenOf(second.id, { token_hash }))).rejects.toMatchObject(
      refusal(UNIQUE, 'email_tokens_hash_key'),
    );
  });

  it('have an unknown purpose, or be stored in plain text', async () => {
    const { id } = await signUp();
    await expect(insert('email_tokens', tokenOf(id, { purpose: 'stay_in' }))).rejects.toMatchObject(
      refusal(CHECK, 'email_tokens_purpose_check'),
    );
    await expect(
      insert('email_tokens', tokenOf(id, { token_hash: Buffer.from('a'.repeat(43)) })),
    ).rejects.toMatchObject(refusal(CHECK, 'email_tokens_token_hash_check'));
  });
});

it('where a user signed in is stored as keyed hashes, once for each browser and network', async () => {
  const { id } = await signUp();
  const origin = { user_id: id, browser_hash: hash(), network_hash: hash(), browser: 'Firefox on Linux' };
  await insert('sign_in_origins', origin);
  await expect(insert('sign_in_origins', origin)).rejects.toMatchObject(
    refusal(UNIQUE, 'sign_in_origins_pkey'),
  );
  for (const [column, value] of [
    ['browser_hash', Buffer.from('firefox')],
    ['network_hash', Buffer.from('192.0.2.0/24')],
    ['browser', ''],
  ] as const)
    await expect(
      insert('sign_in_origins', { ...origin, browser_hash: hash(), [column]: value }),
    ).rejects.toMatchObject(refusal(CHECK, `sign_in_origins_${column}_check`));
});

describe('a second factor cannot', () => {
  it('be confirmed without the step of a code, or be stored twice or as plain text', async () => {
    const { id: user_id } = await signUp();
    const factor = { user_id, secret: randomBytes(60) };
    await expect(insert('totp_factors', { ...factor, confirmed_at: new Date() })).rejects.toMatchObject(
      refusal(CHECK, 'totp_factors_step_if_confirmed'),
    );
    await expect(insert('totp_factors', { ...factor, secret: randomBytes(20) })).rejects.toMatchObject(
      refusal(CHECK, 'totp_factors_secret_check'),
    );
    await insert('totp_factors', factor);
    await expect(insert('totp_factors', factor)).rejects.toMatchObject({ code: UNIQUE });
  });

  it('trust a device twice, or store a recovery code instead of its hash', async () => {
    const { id: user_id } = await signUp();
    const device = { id: randomUUID(), user_id, device_hash: hash(), expires_at: new Date() };
    await insert('trusted_devices', device);
    await expect(insert('trusted_devices', { ...device, id: randomUUID() })).rejects.toMatchObject(
      refusal(UNIQUE, 'trusted_devices_key'),
    );
    await expect(insert('recovery_codes', { user_id, code_hash: randomBytes(16) })).rejects.toMatchObject(
      refusal(CHECK, 'recovery_codes_hash_check'),
    );
  });

  it('be a passkey of two users, or without a name', async () => {
    const [ada, eve] = [await signUp(), await signUp()];
    const passkey = {
      id: randomUUID(),
      user_id: ada.id,
      credential_id: randomBytes(32),
      public_key: randomBytes(77),
      counter: 0,
      backed_up: true,
      transports: ['internal'],
      name: 'Phone',
    };
    await insert('passkeys', passkey);
    await expect(insert('passkeys', { ...passkey, id: randomUUID(), user_id: eve.id })).rejects.toMatchObject(
      refusal(UNIQUE, 'passkeys_credential_key'),
    );
    const other = { ...passkey, id: randomUUID(), credential_id: randomBytes(32) };
    await expect(insert('passkeys', { ...other, name: '' })).rejects.toMatchObject(
      refusal(CHECK, 'passkeys_name_check'),
    );
    await expect(insert('passkeys', { ...other, counter: -1 })).rejects.toMatchObject(
      refusal(CHECK, 'passkeys_counter_check'),
    );
  });
});

describe('an account cannot', () => {
  const NEEDED = ['username', 'email', 'email_canonical'];
  const PERSONAL = [...NEEDED, 'password_hash'];

  it('lack its personal columns before it is deleted', async () => {
    for (const column of NEEDED) {
      await expect(signUp({ [column]: null })).rejects.toMatchObject(
        refusal(CHECK, 'users_deleted_or_whole'),
      );
    }
  });

  it('keep personal data after it is deleted', async () => {
    const nothing = Object.fromEntries(PERSONAL.map((column) => [column, null]));
    const deleted = { ...nothing, deleted_at: new Date() };
    await expect(signUp(deleted)).resolves.toHaveProperty('id');
    for (const column of [...PERSONAL, 'display_name', 'avatar_url']) {
      await expect(signUp({ ...deleted, [column]: 'abc' })).rejects.toMatchObject(
        refusal(CHECK, 'users_deleted_or_whole'),
      );
    }
  });
});

it('a sign-in with a provider cannot be used twice', async () => {
  const flow = { id: randomUUID() };
  await insert('used_sign_in_flows', flow);
  await expect(insert('used_sign_in_flows', flow)).rejects.toMatchObject(
    refusal(UNIQUE, 'used_sign_in_flows_pkey'),
  );
});

describe('an identity cannot', () => {
  const identityOf = (user_id: string, row: Record<string, unknown> = {}) => ({
    id: randomUUID(),
    user_id,
    provider: 'example',
    issuer: 'https://id.example.com',
    subject: text(),
    ...row,
  });

  it('belong to two users, or to a user who does not exist', async () => {
    const [ada, eve] = [await signUp(), await signUp()];
    const identity = identityOf(ada.id);
    await insert('user_identities', identity);
    await expect(
      insert('user_identities', { ...identity, id: randomUUID(), user_id: eve.id }),
    ).rejects.toMatchObject(refusal(UNIQUE, 'user_identities_issuer_subject_key'));
    const elsewhere = identityOf(eve.id, { subject: identity.subject, issuer: 'https://other.example.com' });
    await expect(insert('user_identities', elsewhere)).resolves.toBeUndefined();
    await expect(insert('user_identities', identityOf(randomUUID()))).rejects.toMatchObject(
      refusal(FOREIGN_KEY, 'user_identities_user_id_fkey'),
    );
  });

  it.each([
    ['user_identities_provider_check', { provider: 'No Name' }],
    ['user_identities_issuer_check', { issuer: '' }],
    ['user_identities_subject_check', { subject: '' }],
    ['user_identities_subject_check', { subject: 'a'.repeat(256) }],
    ['user_identities_email_check', { email: 'a'.repeat(255) }],
  ])('break %s', async (constraint, row) => {
    const { id } = await signUp();
    await expect(insert('user_identities', identityOf(id, row))).rejects.toMatchObject(
      refusal(CHECK, constraint),
    );
  });
});

describe('a page cannot', () => {
  const pageOf = (user_id: string, row: Record<string, unknown> = {}) => ({
    id: randomUUID(),
    user_id,
    slot: 1,
    handle: text(),
    title: 'x',
    theme: '{}',
    seo: '{}',
    ...row,
  });

  it('take the slot of another page, or a 21st slot', async () => {
    const { id } = await signUp();
    const first = pageOf(id);
    await insert('pages', first);
    await expect(insert('pages', pageOf(id))).rejects.toMatchObject(refusal(UNIQUE, 'pages_slot_key'));
    for (const slot of [0, 21])
      await expect(insert('pages', pageOf(id, { slot }))).rejects.toMatchObject(
        refusal(CHECK, 'pages_at_most_20'),
      );
    await update('pages', first.id, 'deleted_at', new Date());
    await expect(insert('pages', pageOf(id))).resolves.toBeUndefined();
  });

  it('have more than 200 blocks, or a negative number', async () => {
    const page = pageOf((await signUp()).id);
    await insert('pages', page);
    for (const count of [-1, 201])
      await expect(update('pages', page.id, 'block_count', count)).rejects.toMatchObject(
        refusal(CHECK, 'pages_at_most_200_blocks'),
      );
  });

  it('have a language that is no tag', async () => {
    const page = pageOf((await signUp()).id);
    await insert('pages', page);
    await update('pages', page.id, 'language', 'zh-Hant-TW');
    for (const language of ['', 'x', 'x'.repeat(65)])
      await expect(update('pages', page.id, 'language', language)).rejects.toMatchObject(
        refusal(CHECK, 'pages_language_check'),
      );
  });

  it('have two active handles, or a handle of another user', async () => {
    const [ada, bob] = [await signUp(), await signUp()];
    const page = pageOf(ada.id);
    await insert('pages', page);
    const used = { state: 'active', user_id: ada.id, page_id: page.id };
    await insert('handles', { handle: text(), ...used });
    await expect(insert('handles', { handle: text(), ...used })).rejects.toMatchObject(
      refusal(UNIQUE, 'handles_active_key'),
    );
    await expect(
      insert('handles', { handle: text(), ...used, state: 'renamed', until: new Date(), user_id: bob.id }),
    ).rejects.toMatchObject(refusal(FOREIGN_KEY, 'handles_page_fkey'));
  });

  it('have live blocks with the same rank, or blocks that end before they start', async () => {
    const page = pageOf((await signUp()).id);
    await insert('pages', page);
    const block = (row = {}) => ({
      id: randomUUID(),
      page_id: page.id,
      type: 'heading',
      rank: 'a0',
      data: '{}',
      ...row,
    });
    const first = block();
    await insert('blocks', first);
    await expect(insert('blocks', block())).rejects.toMatchObject(refusal(UNIQUE, 'blocks_rank_key'));
    await insert('blocks', block({ deleted_at: new Date() }));
    const schedule = { rank: 'a1', starts_at: '2030-01-02', ends_at: '2030-01-02' };
    await expect(insert('blocks', block(schedule))).rejects.toMatchObject(refusal(CHECK, 'blocks_schedule'));
    await expect(update('blocks', first.id, 'parent_id', first.id)).rejects.toMatchObject(
      refusal(CHECK, 'blocks_not_in_itself'),
    );
    await expect(update('blocks', first.id, 'type', 'No type')).rejects.toMatchObject(
      refusal(CHECK, 'blocks_type_check'),
    );
  });
});

it('a template of pages has a name and a short description', async () => {
  const { id: workspace_id } = await signUp();
  const page = { user_id: workspace_id, slot: 1, handle: text(), title: 'x', theme: '{}', seo: '{}' };
  await insert('pages', { id: randomUUID(), ...page });
  for (const row of [{ name: '' }, { name: 'x'.repeat(65) }, { description: '' }])
    await expect(
      insert('page_templates', { id: randomUUID(), workspace_id, name: 'A', content: '{}', ...row }),
    ).rejects.toMatchObject({ code: CHECK });
});

describe('a domain cannot', () => {
  it('be proven twice, be primary twice for a page, or be active without a proof', async () => {
    const [ada, bob] = [await signUp(), await signUp()];
    const createPage = async (user_id: string) => {
      const id = randomUUID();
      await insert('pages', { id, user_id, slot: 1, handle: text(), title: 'x', theme: '{}', seo: '{}' });
      return id;
    };
    const pages = { [ada.id]: await createPage(ada.id), [bob.id]: await createPage(bob.id) };
    const hostname = `${text()}.example.com`;
    const domain = (user: User, row = {}) => ({
      id: randomUUID(),
      workspace_id: user.id,
      page_id: pages[user.id],
      hostname,
      bucket: 1,
      token: 'x'.repeat(32),
      ...row,
    });
    const [first, second] = [domain(ada, { is_primary: true }), domain(bob)];
    await insert('domains', first);
    await insert('domains', second);
    await update('domains', first.id, 'verified_at', new Date());
    await expect(update('domains', second.id, 'verified_at', new Date())).rejects.toMatchObject(
      refusal(UNIQUE, 'domains_verified_key'),
    );
    await expect(
      insert('domains', domain(ada, { hostname: 'b.example.com', is_primary: true })),
    ).rejects.toMatchObject(refusal(UNIQUE, 'domains_primary_key'));
    await expect(update('domains', second.id, 'status', 'active')).rejects.toMatchObject(
      refusal(CHECK, 'domains_active_if_verified'),
    );
    for (const row of [
      { hostname: 'A.example.com' },
      { hostname: 'a b' },
      { bucket: 256 },
      { token: 'short' },
    ])
      await expect(insert('domains', domain(ada, row))).rejects.toMatchObject({ code: CHECK });
    await expect(insert('domains', domain(ada, { page_id: pages[bob.id] }))).rejects.toMatchObject(
      refusal(FOREIGN_KEY, 'domains_page_fkey'),
    );
  });
});

describe('a version of a page cannot', () => {
  it('have the number of another one, or a number, reason or note that is none', async () => {
    const user = await signUp();
    const page = {
      id: randomUUID(),
      user_id: user.id,
      slot: 1,
      handle: text(),
      title: 'x',
      theme: '{}',
      seo: '{}',
    };
    await insert('pages', page);
    const version = (row = {}) => ({
      id: randomUUID(),
      page_id: page.id,
      number: 1,
      reason: 'publish',
      created_by: user.id,
      content: '{}',
      ...row,
    });
    await insert('page_versions', version());
    await expect(insert('page_versions', version())).rejects.toMatchObject(
      refusal(UNIQUE, 'page_versions_number_key'),
    );
    for (const row of [{ number: 0 }, { reason: 'other' }, { note: '' }, { note: 'x'.repeat(201) }])
      await expect(insert('page_versions', version({ number: 2, ...row }))).rejects.toMatchObject({
        code: CHECK,
      });
    await insert('live_pages', { page_id: page.id, content: '{}' });
    const live = (row = {}) => ({ id: randomUUID(), page_id: page.id, position: 1, content: '{}', ...row });
    await insert('live_blocks', live());
    await expect(insert('live_blocks', live())).rejects.toMatchObject(
      refusal(UNIQUE, 'live_blocks_position_key'),
    );
    await expect(insert('live_blocks', live({ position: 0 }))).rejects.toMatchObject({ code: CHECK });
    await expect(insert('live_blocks', live({ page_id: randomUUID() }))).rejects.toMatchObject({
      code: FOREIGN_KEY,
    });
  });
});

describe('a handle cannot', () => {
  it('exist twice, in any state or case', async () => {
    const handle = text();
    await insert('handles', { handle, state: 'reserved' });
    await expect(insert('handles', { handle, state: 'reserved' })).rejects.toMatchObject({ code: UNIQUE });
    await expect(insert('handles', { handle: `${handle}X`, state: 'reserved' })).rejects.toMatchObject({
      code: CHECK,
    });
  });

  it('be in a state without the required columns', async () => {
    const { id: user_id } = await signUp();
    const until = new Date();
    for (const row of [
      { state: 'active', user_id },
      { state: 'renamed', user_id, until },
      { state: 'held' },
      { state: 'held', page_id: randomUUID() },
      { state: 'reserved', user_id },
      { state: 'reserved', until },
    ])
      await expect(insert('handles', { handle: text(), ...row })).rejects.toMatchObject(
        refusal(CHECK, 'handles_by_state'),
      );
    await expect(insert('handles', { handle: 'a b', state: 'held', until })).rejects.toMatchObject(
      refusal(CHECK, 'handles_shape'),
    );
    await expect(
      insert('handles', { handle: text(), state: 'held', until, user_id, owner_hmac: hash() }),
    ).rejects.toMatchObject(refusal(CHECK, 'handles_of_who_left'));
  });
});

describe('a workspace cannot', () => {
  const teamOf = (row: Record<string, unknown> = {}) => ({
    id: randomUUID(),
    kind: 'team',
    name: 'Team',
    slug: text(),
    ...row,
  });
  const memberOf = (workspace: { id: string }, user: { id: string }, role = 'owner') => ({
    workspace_id: workspace.id,
    user_id: user.id,
    role,
  });
  const setRole = (workspace: { id: string }, user: { id: string }, role: string) =>
    client.query('update workspace_members set role = $3 where workspace_id = $1 and user_id = $2', [
      workspace.id,
      user.id,
      role,
    ]);

  it('be the second personal one of a user, belong to another user, or be personal without one', async () => {
    const [ada, bob] = [await signUp(), await signUp()];
    const personal = { ...teamOf(), id: ada.id, user_id: ada.id, kind: 'personal', slug: 'personal' };
    await insert('workspaces', personal);
    await expect(insert('workspaces', personal)).rejects.toMatchObject({ code: UNIQUE });
    for (const wrong of [
      { ...personal, id: randomUUID(), user_id: bob.id },
      { ...personal, id: bob.id, user_id: null },
      { ...personal, id: bob.id, user_id: bob.id, kind: 'team' },
    ])
      await expect(insert('workspaces', wrong)).rejects.toMatchObject(refusal(CHECK, 'workspaces_of_user'));
    await expect(update('workspaces', ada.id, 'deleted_at', new Date())).rejects.toMatchObject(
      refusal(CHECK, 'workspaces_personal_stays'),
    );
  });

  it('have an unknown kind, no name, or the slug of another team', async () => {
    const team = teamOf();
    await insert('workspaces', team);
    await expect(insert('workspaces', teamOf({ slug: team.slug }))).rejects.toMatchObject(
      refusal(UNIQUE, 'workspaces_slug_key'),
    );
    await expect(insert('workspaces', teamOf({ kind: 'club' }))).rejects.toMatchObject({ code: CHECK });
    for (const name of ['', 'x'.repeat(65)])
      await expect(insert('workspaces', teamOf({ name }))).rejects.toMatchObject(
        refusal(CHECK, 'workspaces_name_check'),
      );
    for (const slug of ['', 'A', 'a--b', '-a', 'a_b', 'a\n'])
      await expect(insert('workspaces', teamOf({ slug }))).rejects.toMatchObject(
        refusal(CHECK, 'workspaces_slug_check'),
      );
  });

  it('have a member twice, or in an unknown role', async () => {
    const [ada, team] = [await signUp(), teamOf()];
    await insert('workspaces', team);
    await expect(insert('workspace_members', memberOf(team, ada, 'root'))).rejects.toMatchObject(
      refusal(CHECK, 'workspace_members_role_check'),
    );
    await insert('workspace_members', memberOf(team, ada));
    await expect(insert('workspace_members', memberOf(team, ada, 'viewer'))).rejects.toMatchObject(
      refusal(UNIQUE, 'workspace_members_pkey'),
    );
  });

  it('lose its last owner while it is in use', async () => {
    const [ada, bob, team] = [await signUp(), await signUp(), teamOf()];
    await insert('workspaces', team);
    await insert('workspace_members', memberOf(team, ada));
    await insert('workspace_members', memberOf(team, bob, 'admin'));
    const constraint = refusal(CHECK, 'workspace_keeps_an_owner');
    const leave = (user: { id: string }) =>
      client.query('delete from workspace_members where workspace_id = $1 and user_id = $2', [
        team.id,
        user.id,
      ]);
    await expect(setRole(team, ada, 'admin')).rejects.toMatchObject(constraint);
    await expect(leave(ada)).rejects.toMatchObject(constraint);
    await setRole(team, bob, 'owner');
    await setRole(team, ada, 'viewer');
    await leave(ada);
    await expect(leave(bob)).rejects.toMatchObject(constraint);
    await update('workspaces', team.id, 'deleted_at', new Date());
    await expect(leave(bob)).resolves.toHaveProperty('rowCount', 1);
  });

  it('lose its last owner to thirty demotions and departures at once', async () => {
    const team = teamOf();
    await insert('workspaces', team);
    const owners: User[] = [];
    while (owners.length < 30) owners.push(await signUp());
    for (const owner of owners) await insert('workspace_members', memberOf(team, owner));
    const pool = new pg.Pool({ connectionString: database.url, max: 30 });
    const outcomes = await Promise.allSettled(
      owners.map(({ id }, index) =>
        pool.query(
          index % 2
            ? `update workspace_members set role = 'viewer' where workspace_id = $1 and user_id = $2`
            : 'delete from workspace_members where workspace_id = $1 and user_id = $2',
          [team.id, id],
        ),
      ),
    );
    await pool.end();
    const failed = outcomes.filter((outcome) => outcome.status === 'rejected');
    expect(failed).toHaveLength(1);
    expect(failed[0]?.reason).toMatchObject(refusal(CHECK, 'workspace_keeps_an_owner'));
  });

  it('invite one mailbox twice or to an unknown role, or store a token', async () => {
    const [ada, team] = [await signUp(), teamOf()];
    await insert('workspaces', team);
    const invitation = (row: Record<string, unknown> = {}) => ({
      id: randomUUID(),
      workspace_id: team.id,
      email: 'ada@example.com',
      email_canonical: `${text()}@example.com`,
      role: 'editor',
      token_hash: hash(),
      invited_by: ada.id,
      expires_at: new Date(),
      ...row,
    });
    const first = invitation();
    await insert('workspace_invitations', first);
    for (const [row, expected] of [
      [{ email_canonical: first.email_canonical }, refusal(UNIQUE, 'workspace_invitations_one_open_key')],
      [{ token_hash: first.token_hash }, refusal(UNIQUE, 'workspace_invitations_hash_key')],
      [{ token_hash: Buffer.from('a'.repeat(43)) }, refusal(CHECK, 'workspace_invitations_token_hash_check')],
      [{ role: 'root' }, refusal(CHECK, 'workspace_invitations_role_check')],
    ] as const)
      await expect(insert('workspace_invitations', invitation(row))).rejects.toMatchObject(expected);
  });

  it('be deleted while it has pages, and takes its members and invitations along', async () => {
    const [ada, team] = [await signUp(), teamOf()];
    await insert('workspaces', team);
    await insert('workspace_members', memberOf(team, ada));
    const page = { id: randomUUID(), user_id: ada.id, workspace_id: team.id, slot: 1, handle: text() };
    await insert('pages', { ...page, title: 'x', theme: '{}', seo: '{}' });
    const remove = () => client.query('delete from workspaces where id = $1', [team.id]);
    await expect(remove()).rejects.toMatchObject(refusal(FOREIGN_KEY, 'pages_workspace_fkey'));
    await client.query('delete from pages where id = $1', [page.id]);
    await expect(remove()).resolves.toHaveProperty('rowCount', 1);
    const { rows } = await client.query('select from workspace_members where workspace_id = $1', [team.id]);
    expect(rows).toEqual([]);
  });
});

it('a page takes its handles along to another workspace', async () => {
  const [ada, team] = [await signUp(), { id: randomUUID(), kind: 'team', name: 'Team', slug: text() }];
  await insert('workspaces', team);
  const page = {
    id: randomUUID(),
    user_id: ada.id,
    slot: 1,
    handle: text(),
    title: 'x',
    theme: '{}',
    seo: '{}',
  };
  await insert('pages', page);
  await insert('handles', { handle: page.handle, state: 'active', user_id: ada.id, page_id: page.id });
  await update('pages', page.id, 'workspace_id', team.id);
  const { rows } = await client.query('select workspace_id from handles where page_id = $1', [page.id]);
  expect(rows).toEqual([{ workspace_id: team.id }]);
});

describe('a budget of mail cannot', () => {
  const budget = () => ({
    recipient_hash: hash(),
    name: '3600s',
    sent: 1,
    ends_at: new Date(Date.now() + 60_000),
  });

  it('be there twice for one mailbox, count no mail, or name an address', async () => {
    const row = budget();
    await insert('mail_budgets', row);
    await expect(insert('mail_budgets', row)).rejects.toMatchObject(refusal(UNIQUE, 'mail_budgets_pkey'));
    await expect(insert('mail_budgets', { ...budget(), sent: 0 })).rejects.toMatchObject(
      refusal(CHECK, 'mail_budgets_sent_check'),
    );
    await expect(
      insert('mail_budgets', { ...budget(), recipient_hash: Buffer.from('a@example.com') }),
    ).rejects.toMatchObject(refusal(CHECK, 'mail_budgets_recipient_hash_check'));
  });
});

it('the country of a sign-up is two capital letters, and none after the account is deleted', async () => {
  const { id } = await signUp({ sign_up_country: 'DE' });
  for (const country of ['de', 'DEU', ''])
    await expect(update('users', id, 'sign_up_country', country)).rejects.toMatchObject(
      refusal(CHECK, 'users_sign_up_country_check'),
    );
  const erase = `update users set deleted_at = now(), username = null, email = null, email_canonical = null,
    password_hash = null where id = $1`;
  await expect(client.query(erase, [id])).rejects.toMatchObject(
    refusal(CHECK, 'users_sign_up_country_check'),
  );
  await update('users', id, 'sign_up_country', null);
  await expect(client.query(erase, [id])).resolves.toHaveProperty('rowCount', 1);
});

describe('a security event cannot', () => {
  async function record(): Promise<string> {
    const { id: user_id } = await signUp();
    const event = {
      id: randomUUID(),
      type: 'signed_in',
      user_id,
      ip: '192.0.2.1',
      user_agent: 'x',
      details: '{}',
    };
    await insert('security_events', event);
    return event.id;
  }
  const refused = { ...refusal(IMMUTABLE), message: 'security events are append-only' };

  it('be changed or deleted', async () => {
    const id = await record();
    await expect(client.query('delete from security_events where id = $1', [id])).rejects.toMatchObject(
      refused,
    );
    await expect(update('security_events', id, 'ip', null)).rejects.toMatchObject(refused);
    await expect(update('security_events', id, 'type', 'signed_out')).rejects.toMatchObject(refused);
    const other = await signUp();
    for (const column of [
      `user_id = '${other.id}'`,
      `type = 'x'`,
      'created_at = now()',
      'audited = true',
      `id = '${randomUUID()}'`,
    ]) {
      const forget = `update security_events set ip = null, user_agent = null, details = null`;
      await expect(client.query(`${forget}, ${column} where id = $1`, [id])).rejects.toMatchObject(refused);
    }
  });

  it('be prevented from losing its address and device', async () => {
    const id = await record();
    const forget = 'update security_events set ip = null, user_agent = null, details = null where id = $1';
    await expect(client.query(forget, [id])).resolves.toHaveProperty('rowCount', 1);
  });

  it('be prevented from keeping its details when it loses its address and device', async () => {
    const forget = 'update security_events set ip = null, user_agent = null where id = $1';
    await expect(client.query(forget, [await record()])).resolves.toHaveProperty('rowCount', 1);
    const change = `update security_events set ip = null, user_agent = null, details = '{"a":1}' where id = $1`;
    await expect(client.query(change, [await record()])).rejects.toMatchObject(refused);
  });
});

it('an impersonation is of another user', async () => {
  const [admin, user] = [await signUp(), await signUp()];
  const impersonation = { id: randomUUID(), user_id: user.id, actor_id: admin.id, expires_at: new Date() };
  await insert('impersonations', impersonation);
  await expect(update('impersonations', impersonation.id, 'actor_id', user.id)).rejects.toMatchObject(
    refusal(CHECK, 'impersonations_of_another'),
  );
});

describe('page analytics', () => {
  const page_id = randomUUID();
  const at = '2026-11-26T10:15:00Z';
  const slot = (row: Record<string, unknown> = {}) => ({
    page_id: randomUUID(),
    slot: at,
    views: 1,
    clicks: 0,
    visitors: 0,
    bots: 0,
    owner: 0,
    repeats: 0,
    dropped: 0,
    ...row,
  });

  it('cannot have an event of several visits, or with a visitor hash of another length', async () => {
    await expect(insert('analytics_events', { at, page_id, count: 2 })).rejects.toMatchObject(
      refusal(CHECK, 'analytics_events_single'),
    );
    await expect(insert('analytics_events', { at, page_id, visitor: hash() })).rejects.toMatchObject(
      refusal(CHECK, 'analytics_events_visitor_check'),
    );
    await insert('analytics_events', { at, page_id, count: 2, excluded: 'bots' });
  });

  it('take events of any time, even without a partition for it', async () => {
    for (const year of ['0001', '2026', '9999'])
      await expect(
        insert('analytics_events', { at: `${year}-01-01T00:00:00Z`, page_id }),
      ).resolves.toBeUndefined();
  });

  it('cannot have a slot that is no quarter of an hour, or a negative count', async () => {
    await expect(insert('analytics_slots', slot({ slot: '2026-11-26T10:16:00Z' }))).rejects.toMatchObject(
      refusal(CHECK, 'analytics_slots_quarter'),
    );
    await expect(insert('analytics_slots', slot({ dropped: -1 }))).rejects.toMatchObject(
      refusal(CHECK, 'analytics_slots_dropped_check'),
    );
  });

  it('cannot have a segment whose columns do not fit its number of events', async () => {
    const codes =
      'visitor,block,referrer,country,region,device,browser,os,language,utm_source,utm_medium,utm_campaign,via';
    const columns = Object.fromEntries(codes.split(',').map((name) => [name, Buffer.alloc(0)]));
    const period = { from_at: at, to_at: '2026-11-26T10:30:00Z' };
    const bytes = { slots: Buffer.alloc(6), visitors: Buffer.alloc(8) };
    const segment = { page_id, ...period, events: 3, names: '{}', ...bytes, ...columns };
    for (const [change, constraint] of [
      [{ events: 0 }, 'analytics_segments_events_check'],
      [{ to_at: at }, 'analytics_segments_period'],
      [{ slots: Buffer.alloc(5) }, 'analytics_segments_slots'],
      [{ visitors: Buffer.alloc(9) }, 'analytics_segments_visitors'],
      [{ country: Buffer.alloc(4) }, 'analytics_segments_codes'],
    ] as const)
      await expect(insert('analytics_segments', { ...segment, ...change })).rejects.toMatchObject(
        refusal(CHECK, constraint),
      );
    await insert('analytics_segments', { ...segment, country: Buffer.alloc(6) });
  });

  it('cannot have a month whose arrays differ in length', async () => {
    const names = ['views', 'clicks', 'visitors', 'bots', 'owner', 'repeats', 'dropped'];
    const month = { page_id, month: '2026-11-01', slots: '{0,1}', dimensions: '{}' };
    const arrays = Object.fromEntries(names.map((name) => [name, '{1,2}']));
    for (const name of names)
      await expect(insert('analytics_months', { ...month, ...arrays, [name]: '{1}' })).rejects.toMatchObject(
        refusal(CHECK, 'analytics_months_parallel'),
      );
    await insert('analytics_months', { ...month, ...arrays });
  });

  it('keep the last title of a clicked block that is deleted', async () => {
    const { id: user_id } = await signUp();
    const page = {
      id: randomUUID(),
      user_id,
      slot: 1,
      handle: `h${text()}`,
      title: 'x',
      theme: '{}',
      seo: '{}',
    };
    await insert('pages', page);
    const block = { id: randomUUID(), page_id: page.id, type: 'link', rank: 'a0', title: 'New', data: '{}' };
    await insert('blocks', block);
    await insert('analytics_blocks', { block_id: block.id, page_id: page.id, title: 'Old' });
    await client.query('delete from blocks where id = $1', [block.id]);
    const { rows } = await client.query('select title from analytics_blocks where block_id = $1', [block.id]);
    expect(rows).toEqual([{ title: 'New' }]);
  });
});

describe('an idempotent answer cannot', () => {
  const answer = () => ({
    caller: `user:${randomUUID()}`,
    key_hash: hash(),
    request_hash: hash(),
    answer: hash(),
    expires_at: new Date(),
  });

  it('be there twice for one key of a caller', async () => {
    const row = answer();
    await insert('idempotent_answers', row);
    await insert('idempotent_answers', { ...row, caller: `user:${randomUUID()}` });
    await expect(insert('idempotent_answers', row)).rejects.toMatchObject(
      refusal(UNIQUE, 'idempotent_answers_pkey'),
    );
  });

  it('lack its caller, or contain a key or request in clear', async () => {
    for (const [column, value] of [
      ['caller', ''],
      ['key_hash', Buffer.from('order-1')],
      ['request_hash', Buffer.from('{}')],
    ] as const) {
      await expect(insert('idempotent_answers', { ...answer(), [column]: value })).rejects.toMatchObject(
        refusal(CHECK, `idempotent_answers_${column}_check`),
      );
    }
  });
});

describe('an API key cannot', () => {
  const keyOf = (userId: string, row: Record<string, unknown> = {}) => ({
    id: randomUUID(),
    workspace_id: userId,
    created_by: userId,
    name: 'Deploy',
    start: 'lg_live_AbC123',
    hash: hash(),
    scopes: ['pages:read'],
    ...row,
  });
  const addMember = async (): Promise<string> => {
    const { id } = await signUp();
    const personal = { id, user_id: id, kind: 'personal', name: 'Ada', slug: 'personal' };
    await insert('workspaces', personal);
    await insert('workspace_members', { workspace_id: id, user_id: id, role: 'owner' });
    return id;
  };

  it('have the hash of another key, or be stored in clear', async () => {
    const ada = await addMember();
    const row = keyOf(ada);
    await insert('api_keys', row);
    await expect(insert('api_keys', keyOf(ada, { hash: row.hash }))).rejects.toMatchObject(
      refusal(UNIQUE, 'api_keys_hash_key'),
    );
    for (const [column, value] of [
      ['hash', Buffer.from('lg_live_AbC123')],
      ['start', 'lg_live_AbC123AbC123'],
    ] as const)
      await expect(insert('api_keys', keyOf(ada, { [column]: value }))).rejects.toMatchObject(
        refusal(CHECK, `api_keys_${column}_check`),
      );
  });

  it('lack a name or scopes, or have an address that is none', async () => {
    const ada = await addMember();
    for (const [column, value] of [
      ['name', ''],
      ['scopes', []],
    ] as const)
      await expect(insert('api_keys', keyOf(ada, { [column]: value }))).rejects.toMatchObject(
        refusal(CHECK, `api_keys_${column}_check`),
      );
    await expect(insert('api_keys', keyOf(ada, { allowed_networks: ['10.0.0.1/8'] }))).rejects.toThrow(
      /cidr/,
    );
  });

  it('belong to somebody who is not a member, or outlive the membership', async () => {
    const [ada, bob] = [await addMember(), await addMember()];
    await expect(insert('api_keys', keyOf(ada, { created_by: bob }))).rejects.toMatchObject(
      refusal(FOREIGN_KEY, 'api_keys_member_fkey'),
    );
    const row = keyOf(ada);
    await insert('api_keys', row);
    await client.query('delete from workspaces where id = $1', [ada]);
    const { rowCount } = await client.query('select from api_keys where id = $1', [row.id]);
    expect(rowCount).toBe(0);
  });
});

describe('a file cannot', () => {
  const file = async () => {
    const { id } = await signUp();
    await insert('workspaces', { id, user_id: id, kind: 'personal', name: 'x', slug: 'personal' });
    return { id: randomUUID(), workspace_id: id, purpose: 'file', kind: 'document', name: 'x', size: 1 };
  };

  it.each([
    ['purpose', 'rocket', 'files_purpose_check'],
    ['kind', 'rocket', 'files_kind_check'],
    ['name', '', 'files_name_check'],
    ['alt', 'x'.repeat(281), 'files_alt_check'],
    ['size', 0, 'files_size_check'],
    ['kind', 'picture', 'files_pictures_have_a_size'],
    ['focus_x', 0.5, 'files_whole_focus'],
  ])('have a wrong %s', async (column, value, constraint) => {
    await expect(insert('files', { ...(await file()), [column]: value })).rejects.toMatchObject(
      refusal(CHECK, constraint),
    );
  });

  it.each(['focus_x', 'focus_y'])('have its %s outside of itself', async (column) => {
    const row = { ...(await file()), focus_x: 0.5, focus_y: 0.5, [column]: 1.5 };
    await expect(insert('files', row)).rejects.toMatchObject(refusal(CHECK, `files_${column}_check`));
  });

  it('be stored twice under one address, unless the first is being deleted', async () => {
    const address = randomUUID().padEnd(64, 'a');
    const object = () => ({ key: randomUUID(), address, size: 1 });
    await insert('stored_objects', { ...object(), deleting_at: new Date() });
    await insert('stored_objects', object());
    await expect(insert('stored_objects', object())).rejects.toMatchObject(
      refusal(UNIQUE, 'stored_objects_address_key'),
    );
  });

  it.each([
    ['key', '', 'stored_objects_key_check'],
    ['address', 'x', 'stored_objects_address_check'],
    ['size', 0, 'stored_objects_size_check'],
  ])('have an object with a wrong %s', async (column, value, constraint) => {
    const object = { key: randomUUID(), address: 'x'.repeat(64), size: 1, [column]: value };
    await expect(insert('stored_objects', object)).rejects.toMatchObject(refusal(CHECK, constraint));
  });
});

it('an object that is neither withheld nor moving has no row that says so', async () => {
  const [key, address] = [randomUUID(), 'x'.repeat(70)];
  await insert('stored_objects', { key, address, size: 1 });
  const row = { object_key: key, is_withheld: false, is_moving: false };
  await expect(insert('withheld_objects', row)).rejects.toMatchObject(
    refusal(CHECK, 'withheld_objects_not_ordinary'),
  );
});

describe('a webhook endpoint cannot', () => {
  const endpoint = async () => {
    const { id } = await signUp();
    await insert('workspaces', { id, user_id: id, kind: 'personal', name: 'x', slug: 'personal' });
    const settings = { url: 'https://example.com/', events: ['*'], enabled: true, log_responses: false };
    return { id: randomUUID(), workspace_id: id, secret: hash(), ...settings };
  };

  it.each([
    ['events', [], 'webhook_endpoints_events_check'],
    ['url', 'x', 'webhook_endpoints_url_check'],
    ['description', '', 'webhook_endpoints_description_check'],
    ['previous_secret', hash(), 'webhook_endpoints_previous_secret_ends'],
    ['disabled_reason', 'gone', 'webhook_endpoints_reason_if_disabled'],
  ])('have a wrong %s', async (column, value, constraint) => {
    const row = await endpoint();
    await expect(insert('webhook_endpoints', { ...row, [column]: value })).rejects.toMatchObject(
      refusal(CHECK, constraint),
    );
  });
});

describe('a webhook delivery cannot', () => {
  async function delivery(): Promise<Record<string, unknown>> {
    const [event_id, object_id] = [randomUUID(), randomUUID()];
    await insert('webhook_events', {
      id: event_id,
      workspace_id: randomUUID(),
      type: 'page.updated',
      object_id,
      body: '{}',
    });
    const state = { status: 'pending', holds_line: true, next_attempt_at: new Date() };
    return { id: randomUUID(), endpoint_id: randomUUID(), event_id, object_id, sequence: 1, ...state };
  }

  it('be there twice for an event and endpoint', async () => {
    const row = await delivery();
    await insert('webhook_deliveries', row);
    const again = { ...row, id: randomUUID(), holds_line: false };
    await expect(insert('webhook_deliveries', again)).rejects.toMatchObject(
      refusal(UNIQUE, 'webhook_deliveries_event_key'),
    );
  });

  it('hold the line of an object that another holds', async () => {
    const [one, other] = [await delivery(), await delivery()];
    await insert('webhook_deliveries', one);
    const { endpoint_id, object_id } = one;
    await expect(insert('webhook_deliveries', { ...other, endpoint_id, object_id })).rejects.toMatchObject(
      refusal(UNIQUE, 'webhook_deliveries_line_key'),
    );
  });

  it.each([
    ['webhook_deliveries_due_if_pending', { next_attempt_at: null }],
    ['webhook_deliveries_line_if_pending', { status: 'waiting', next_attempt_at: null }],
    [
      'webhook_deliveries_claim_if_pending',
      { status: 'failed', next_attempt_at: null, holds_line: false, claimed_until: new Date() },
    ],
  ])('break %s', async (constraint, change) => {
    await expect(insert('webhook_deliveries', { ...(await delivery()), ...change })).rejects.toMatchObject(
      refusal(CHECK, constraint),
    );
  });

  it('be of an event that is too large', async () => {
    const event = { id: randomUUID(), workspace_id: randomUUID(), type: 'x', object_id: randomUUID() };
    await expect(insert('webhook_events', { ...event, body: 'x'.repeat(20_001) })).rejects.toMatchObject(
      refusal(CHECK, 'webhook_events_body_check'),
    );
  });
});

describe('a campaign of a workspace cannot', () => {
  type Programme = Record<
    'workspace' | 'campaign' | 'version' | 'referrer' | 'referral' | 'conversion',
    string
  > & {
    people: [referrer: number, customer: number];
  };

  async function addPerson(workspaceId: string): Promise<number> {
    const { rows } = await client.query(
      'insert into campaign_people (workspace_id, external_id) values ($1, $2) returning id',
      [workspaceId, text()],
    );
    return rows[0].id;
  }
  const version = (campaignId: string, change: Record<string, unknown> = {}) => ({
    id: randomUUID(),
    campaign_id: campaignId,
    version: 1,
    attribution: 'last',
    qualifies_by: 'sale',
    reward_kind: 'credits',
    referrer_credits: 10,
    referred_credits: 0,
    hold_days: 0,
    cap_period: 'all',
    ...change,
  });
  const conversion = (workspaceId: string, personId: number, change: Record<string, unknown> = {}) => ({
    id: randomUUID(),
    workspace_id: workspaceId,
    person_id: personId,
    type: 'sale',
    event_name: text(),
    amount: 100,
    currency: 'EUR',
    request_hash: hash(),
    ...change,
  });
  const referral = (
    of: Omit<Programme, 'referral' | 'conversion'>,
    change: Record<string, unknown> = {},
  ) => ({
    id: randomUUID(),
    workspace_id: of.workspace,
    campaign_id: of.campaign,
    version_id: of.version,
    referrer_id: of.referrer,
    referrer_person_id: of.people[0],
    person_id: of.people[1],
    status: 'pending',
    ...change,
  });
  const reward = (of: Programme, change: Record<string, unknown> = {}) => ({
    id: randomUUID(),
    campaign_id: of.campaign,
    referral_id: of.referral,
    referrer_id: of.referrer,
    conversion_id: of.conversion,
    role: 'referrer',
    kind: 'credits',
    unit: 'credits',
    amount: 10,
    recurring: false,
    due_at: new Date(),
    ...change,
  });

  async function storeProgramme(): Promise<Programme> {
    const { id: workspace } = await signUp();
    await client.query(
      `insert into workspaces (id, user_id, kind, name, slug) values ($1, $1, 'personal', 'x', 'personal')
        on conflict do nothing`,
      [workspace],
    );
    const campaign = randomUUID();
    await insert('campaigns', { id: campaign, workspace_id: workspace, name: 'x', allowed_origins: [] });
    const terms = version(campaign);
    await insert('campaign_versions', terms);
    const people: [number, number] = [await addPerson(workspace), await addPerson(workspace)];
    const referrer = randomUUID();
    await insert('campaign_referrers', {
      id: referrer,
      campaign_id: campaign,
      workspace_id: workspace,
      person_id: people[0],
      code: text(),
    });
    const of = { workspace, campaign, version: terms.id, referrer, people };
    const [sale, stored] = [conversion(workspace, people[1]), referral(of)];
    await insert('conversions', sale);
    await insert('campaign_referrals', stored);
    return { ...of, referral: stored.id, conversion: sale.id };
  }

  it('refer a person by themselves or by anyone who was named later', async () => {
    const of = await storeProgramme();
    const acyclic = refusal(CHECK, 'campaign_referrals_acyclic');
    const own = referral(of, { person_id: of.people[0] });
    await expect(insert('campaign_referrals', own)).rejects.toMatchObject(acyclic);
    const [id, later] = [randomUUID(), await addPerson(of.workspace)];
    await insert('campaign_referrers', {
      id,
      campaign_id: of.campaign,
      workspace_id: of.workspace,
      person_id: later,
      code: text(),
    });
    const circle = referral(of, { referrer_id: id, referrer_person_id: later, person_id: of.people[0] });
    await expect(insert('campaign_referrals', circle)).rejects.toMatchObject(acyclic);
    await insert('campaign_referrals', { ...circle, status: 'rejected' });
  });

  it('refer a person twice, or store an event of a customer twice', async () => {
    const of = await storeProgramme();
    await expect(insert('campaign_referrals', referral(of))).rejects.toMatchObject(
      refusal(UNIQUE, 'campaign_referrals_person_key'),
    );
    const sale = conversion(of.workspace, of.people[1]);
    await insert('conversions', sale);
    await expect(insert('conversions', { ...sale, id: randomUUID() })).rejects.toMatchObject(
      refusal(UNIQUE, 'conversions_event_key'),
    );
  });

  it.each([
    [{ amount: null }],
    [{ currency: null }],
    [{ type: 'lead' }],
    [{ type: 'lead', amount: null, currency: null, refunded_at: new Date() }],
  ])('store a conversion with %j', async (change) => {
    const of = await storeProgramme();
    await expect(insert('conversions', conversion(of.workspace, of.people[1], change))).rejects.toMatchObject(
      refusal(CHECK, 'conversions_amount_of_sale'),
    );
  });

  it.each([
    ['campaign_versions_fixed_or_share', { basis_points: 100 }],
    ['campaign_versions_share_of_sale', { basis_points: 100, referrer_credits: 0, qualifies_by: 'lead' }],
    ['campaign_versions_months_of_sales', { months: 2, qualifies_by: 'lead' }],
  ])('have terms that break %s', async (constraint, change) => {
    const { campaign } = await storeProgramme();
    await expect(
      insert('campaign_versions', version(campaign, { version: 2, ...change })),
    ).rejects.toMatchObject(refusal(CHECK, constraint));
  });

  it('reward a conversion or a referral twice, or with a state that contradicts its times', async () => {
    const of = await storeProgramme();
    const first = reward(of);
    await insert('campaign_rewards', first);
    await expect(insert('campaign_rewards', reward(of))).rejects.toMatchObject(
      refusal(UNIQUE, 'campaign_rewards_conversion_key'),
    );
    const other = conversion(of.workspace, of.people[1]);
    await insert('conversions', other);
    await expect(insert('campaign_rewards', reward(of, { conversion_id: other.id }))).rejects.toMatchObject(
      refusal(UNIQUE, 'campaign_rewards_once_key'),
    );
    await expect(update('campaign_rewards', first.id, 'state', 'granted')).rejects.toMatchObject(
      refusal(CHECK, 'campaign_rewards_granted'),
    );
    await expect(
      client.query(`update campaign_rewards set state = 'fulfilled', granted_at = now() where id = $1`, [
        first.id,
      ]),
    ).rejects.toMatchObject(refusal(CHECK, 'campaign_rewards_fulfilled'));
  });

  it('pass a cap, overdraw a balance or reverse an entry twice', async () => {
    const of = await storeProgramme();
    await expect(
      insert('campaign_caps', { referrer_id: of.referrer, period: 'all', granted: 2, cap: 1 }),
    ).rejects.toMatchObject(refusal(CHECK, 'campaign_caps_within_cap'));
    const account = { campaign_id: of.campaign, recipient_id: of.referrer, unit: 'EUR' };
    await expect(insert('campaign_balances', { ...account, balance: -1 })).rejects.toMatchObject(
      refusal(CHECK, 'campaign_balances_not_negative'),
    );
    const { id: reward_id, ...stored } = reward(of);
    await insert('campaign_rewards', { ...stored, id: reward_id });
    const entry = { ...account, id: randomUUID(), amount: 5, kind: 'reward', reward_id };
    await insert('campaign_entries', entry);
    await expect(insert('campaign_entries', { ...entry, id: randomUUID() })).rejects.toMatchObject(
      refusal(UNIQUE, 'campaign_entries_reward_key'),
    );
    const reversal = { ...entry, amount: -5, kind: 'reversal', reverses_id: entry.id };
    await insert('campaign_entries', { ...reversal, id: randomUUID() });
    await expect(insert('campaign_entries', { ...reversal, id: randomUUID() })).rejects.toMatchObject(
      refusal(UNIQUE, 'campaign_entries_reverses_key'),
    );
    await expect(
      insert('campaign_entries', { ...entry, id: randomUUID(), kind: 'redemption' }),
    ).rejects.toMatchObject(refusal(CHECK, 'campaign_entries_shape'));
  });

  it('change its terms, its history or its ledger, or move a referral back', async () => {
    const of = await storeProgramme();
    await expect(update('campaign_versions', of.version, 'hold_days', 3)).rejects.toMatchObject(
      refusal(IMMUTABLE),
    );
    for (const [table, id] of [
      ['campaign_versions', of.version],
      ['campaign_referrals', of.referral],
      ['conversions', of.conversion],
    ] as const)
      await expect(client.query(`delete from ${table} where id = $1`, [id])).rejects.toMatchObject(
        refusal(IMMUTABLE),
      );
    await update('campaign_referrals', of.referral, 'status', 'rejected');
    await expect(update('campaign_referrals', of.referral, 'status', 'pending')).rejects.toMatchObject(
      refusal(IMMUTABLE),
    );
  });

  it('use a code of a user, or give a code to both', async () => {
    const of = await storeProgramme();
    const user = await signUp();
    await expect(
      insert('referral_codes', { code: user.code.toUpperCase(), referrer_id: of.referrer }),
    ).rejects.toMatchObject({ code: UNIQUE });
    const both = { code: text(), referrer_id: of.referrer, link_id: user.linkId, user_id: user.id };
    await expect(insert('referral_codes', both)).rejects.toMatchObject(
      refusal(CHECK, 'referral_codes_of_link_or_referrer'),
    );
  });

  it('be erased except by a transaction that says so, which keeps its code', async () => {
    const of = await storeProgramme();
    await insert('campaign_rewards', reward(of));
    const code = `Kept-${text()}`;
    await insert('referral_codes', { code, referrer_id: of.referrer });
    await client.query('delete from workspaces where id = $1', [of.workspace]);
    const eraseRewards = () =>
      client.query('delete from campaign_rewards where campaign_id = $1', [of.campaign]);
    await expect(eraseRewards()).rejects.toMatchObject(refusal(IMMUTABLE));
    await client.query("begin; select set_config('linkgrove.erasure', 'on', true)");
    await eraseRewards();
    await client.query('commit');
    await client.query('delete from campaigns where id = $1', [of.campaign]);
    const { rows } = await client.query('select referrer_id from referral_codes where code = $1', [code]);
    expect(rows).toEqual([{ referrer_id: null }]);
    expect(
      (await client.query('select from campaign_rewards where campaign_id = $1', [of.campaign])).rows,
    ).toEqual([]);
  });
});

describe('moderation cannot', () => {
  const storePage = async (): Promise<string> => {
    const { id: user_id } = await signUp();
    const page = { id: randomUUID(), user_id, slot: 1, handle: text(), title: 'x', theme: '{}', seo: '{}' };
    await insert('pages', page);
    return page.id;
  };

  it('keep a report twice, its reporter in plain text, or a half resolution', async () => {
    const report = { page_id: await storePage(), reason: 'spam', reporter_hash: hash() };
    const reportOf = (row: Record<string, unknown> = {}) => ({ id: randomUUID(), ...report, ...row });
    const first = reportOf();
    await insert('page_reports', first);
    await expect(insert('page_reports', reportOf())).rejects.toMatchObject(
      refusal(UNIQUE, 'page_reports_open_key'),
    );
    await client.query(
      `update page_reports set status = 'dismissed', resolved_at = now() where id = '${first.id}'`,
    );
    await expect(insert('page_reports', reportOf())).resolves.toBeUndefined();
    for (const [row, name] of [
      [{ reporter_hash: Buffer.from('10.0.0.1') }, 'page_reports_reporter_hash_check'],
      [{ reason: 'hate', times: 0 }, 'page_reports_times_check'],
      [{ reason: 'hate', status: 'forgotten', resolved_at: new Date() }, 'page_reports_status_check'],
      [{ reason: 'hate', status: 'acted' }, 'page_reports_resolution'],
      [{ reason: 'hate', details: '' }, 'page_reports_details_check'],
      [{ reason: 'hate', email: 'x' }, 'page_reports_email_check'],
      [{ reason: 'hate', note: '' }, 'page_reports_note_check'],
    ] as const)
      await expect(insert('page_reports', reportOf(row))).rejects.toMatchObject(refusal(CHECK, name));
  });

  it('take a page down twice at once, or decide what was not appealed', async () => {
    const takedown = { page_id: await storePage(), reason: 'spam' };
    const takedownOf = (row: Record<string, unknown> = {}) => ({ id: randomUUID(), ...takedown, ...row });
    const first = takedownOf();
    await insert('page_takedowns', first);
    await expect(insert('page_takedowns', takedownOf())).rejects.toMatchObject(
      refusal(UNIQUE, 'page_takedowns_standing_key'),
    );
    await update('page_takedowns', first.id, 'restored_at', new Date());
    const appealed = { appeal: 'x', appealed_at: new Date() };
    const decided = { decision: 'upheld', decided_at: new Date() };
    for (const [row, name] of [
      [{ note: '' }, 'page_takedowns_note_check'],
      [{ ...appealed, appeal: '' }, 'page_takedowns_appeal_check'],
      [{ appeal: 'x' }, 'page_takedowns_whole_appeal'],
      [{ ...appealed, decision: 'upheld' }, 'page_takedowns_whole_decision'],
      [{ ...appealed, ...decided, decision: 'lost' }, 'page_takedowns_decision_check'],
      [{ ...appealed, ...decided, decision_note: '' }, 'page_takedowns_decision_note_check'],
      [decided, 'page_takedowns_decides_appeals'],
    ] as const)
      await expect(insert('page_takedowns', takedownOf(row))).rejects.toMatchObject(refusal(CHECK, name));
  });

  it('list a host twice, in capital letters, or with an unknown level', async () => {
    const hostOf = (row: Record<string, unknown> = {}) => ({
      id: randomUUID(),
      host: 'evil.example',
      level: 'blocked',
      ...row,
    });
    await insert('blocked_hosts', hostOf());
    await expect(insert('blocked_hosts', hostOf())).rejects.toMatchObject(
      refusal(UNIQUE, 'blocked_hosts_host_key'),
    );
    for (const [row, name] of [
      [{ host: 'Evil.example' }, 'blocked_hosts_host_check'],
      [{ host: 'other.example', level: 'nice' }, 'blocked_hosts_level_check'],
      [{ host: 'other.example', reason: '' }, 'blocked_hosts_reason_check'],
    ] as const)
      await expect(insert('blocked_hosts', hostOf(row))).rejects.toMatchObject(refusal(CHECK, name));
  });
});

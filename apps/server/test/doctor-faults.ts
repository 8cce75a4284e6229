// Faults that the product never causes, and the checks that find them.

const TOTALS = 'referrals by link and status = totals + deltas';
const DAYS = 'referrals by referrer and day = daily sums + deltas';
const DAILY = 'totals by referrer = daily sums';
const SLOTS = 'daily sums = quarters of an hour';
const USES = 'uses of limited links ≤ maxUses, and ≤ their sign-ups';
const HOLDERS = 'uses of limited links = referrals that hold a place';
const SOURCES = 'referrals by link and page or QR code = source totals + deltas';
const SOURCE_VISITS = 'visits by page and QR code ≤ visits of the link';
const REFERRED = 'every referred user has a referral by the same referrer';
const NEWER = 'referrers are older than the users they referred';
const CODES = 'codes belong to the owner of their link';
const STATUS = 'referral status = status after the newest event';
const EVENTS = 'events form a chain of legal transitions';
const QUALIFIED = 'qualifiedAt is set exactly for successful referrals';
const PROMISED = 'successful referrals have exactly the rewards of their terms';
const OWNERS = "rewards match their referral's users, campaign and status";
const HELD = 'rewards are held exactly if their terms say so, and granted only after the hold';
const PERIODS = 'no reward passes the cap of its version, over all campaigns';
const CAPPED = 'rewards are capped only when all slots were taken';
const PLACES = 'slots taken under caps = rewards of the period, and ≤ the cap';
const MILESTONES = 'milestones are rewarded once, as promised, and only when reached';
const STANDING_MILESTONES = 'milestones stand only while they are reached';
const LEDGER = 'rewards = ledger entries';
const REVERSALS = 'reversed rewards = ledger reversals, once each';
const CANCELLED = 'cancelled redemptions = ledger entries that give their credits back';
const VIEWS = 'analytics counts and events';
const SEGMENTS = 'analytics segments and events';
const PACKED = 'analytics segments packed again';
export const BALANCES = 'balances + deltas = ledger sums, and ≥ 0';

/** The condition that selects one row of a table. */
const firstRow = (table: string, where = 'true') =>
  `ctid = (select ctid from ${table} where ${where} limit 1)`;
export const updateRow = (table: string, change: string, where?: string) =>
  `update ${table} set ${change} where ${firstRow(table, where)}`;
const deleteRow = (table: string, where?: string) => `delete from ${table} where ${firstRow(table, where)}`;
const dropConstraint = (table: string, constraint: string) =>
  `alter table ${table} drop constraint ${constraint}`;
const copyRow = (table: string, columns: string, where: string) =>
  `insert into ${table} (id, ${columns}) select gen_random_uuid(), ${columns} from ${table} where ${where} limit 1`;

/** Ledger entries of rewards that were not reversed. */
const STANDING = "reward_id in (select id from rewards where state = 'granted')";
const GRANTED = "state = 'granted' and role = 'referred'";
/** A description, the statements that cause the fault, and the checks that find it. */
export const FAULTS: [what: string, fault: string[], found: string[]][] = [
  [
    'a total in the wrong state',
    [updateRow('referral_totals', 'pending = pending - 1, review = review + 1', 'pending > 0')],
    [TOTALS],
  ],
  ['a sign-up that is not counted', [deleteRow('referral_deltas', 'signups = 1')], [TOTALS, DAYS]],
  [
    'a visit that is counted on its day only',
    [updateRow('referral_daily', 'visits = visits + 1')],
    [DAILY, SLOTS],
  ],
  ['a visit in one time zone only', [updateRow('referral_slots', 'visits = visits + 1')], [SLOTS]],
  [
    'a reversal that spoils another day',
    [updateRow('referral_deltas', 'day = day - 1', 'undone = 1')],
    [DAYS],
  ],
  ['a sign-up on another day', [updateRow('referral_daily', 'day = day - 1', 'signups > 0')], [DAYS]],
  [
    'a sign-up through a page that is not counted',
    [updateRow('referral_source_totals', 'signups = signups - 1', 'signups > 0')],
    [SOURCES],
  ],
  [
    'a visit from a page that is not one of the link',
    [updateRow('referral_source_totals', 'visits = visits + 1000')],
    [SOURCE_VISITS],
  ],
  [
    'a link used too often',
    [
      dropConstraint('referral_links', 'referral_links_within_max_uses'),
      updateRow('referral_links', 'uses = 4', 'uses = 2'),
    ],
    [USES, HOLDERS],
  ],
  ['a use that nobody signed up by', [updateRow('referral_links', 'uses = 3', 'uses = 2')], [USES, HOLDERS]],
  [
    'someone who lost their referrer',
    [updateRow('users', 'referred_by = null', 'referred_by is not null')],
    [REFERRED],
  ],
  [
    'a circle',
    [
      `update users u set referred_by = r.referred_user_id from referrals r
        where r.referrer_id = u.id and u.referred_by is null`,
    ],
    [REFERRED, NEWER],
  ],
  [
    'a code that leads to another person',
    [updateRow('referral_codes', 'user_id = gen_random_uuid()')],
    [CODES],
  ],
  [
    'a referral that moved without a word',
    [updateRow('referrals', "status = 'rejected'", "status = 'pending'")],
    [TOTALS],
  ],
  [
    'a success that was never noted',
    [
      deleteRow(
        'referral_events',
        "to_status = 'successful' and referral_id in (select id from referrals where status = 'successful')",
      ),
    ],
    [DAYS, STATUS],
  ],
  [
    'an illegal move',
    [
      dropConstraint('referral_events', 'referral_events_legal'),
      updateRow(
        'referral_events',
        "from_status = 'review', to_status = 'successful'",
        "to_status = 'successful'",
      ),
    ],
    [EVENTS],
  ],
  [
    'a history with a gap',
    [
      `update referral_events set to_status = 'review' where to_status = 'successful' and referral_id =
        (select referral_id from referral_events where from_status = 'successful' order by id desc limit 1)`,
    ],
    [DAYS, EVENTS],
  ],
  [
    'a successful referral that never qualified',
    [
      dropConstraint('referrals', 'referrals_qualified'),
      updateRow('referrals', 'qualified_at = null', "status = 'successful'"),
    ],
    [QUALIFIED],
  ],
  ['a reward that was never given', [deleteRow('rewards', GRANTED)], [PROMISED, LEDGER]],
  ['a reward that is too high', [updateRow('rewards', 'credits = credits + 1', GRANTED)], [PROMISED, LEDGER]],
  [
    'a reward of someone else',
    [updateRow('rewards', 'user_id = gen_random_uuid()', GRANTED)],
    [OWNERS, LEDGER],
  ],
  [
    'a reward that outlived its referral',
    [updateRow('rewards', "state = 'granted'", "state = 'reversed' and role = 'referred'")],
    [OWNERS, REVERSALS],
  ],
  [
    'a pending reward that was granted without an entry',
    [updateRow('rewards', "state = 'granted'", "state = 'pending'")],
    [LEDGER],
  ],
  [
    'a pending reward that outlived its referral',
    [updateRow('rewards', "state = 'pending'", "state = 'cancelled' and role = 'referred'")],
    [OWNERS],
  ],
  [
    'a reward that was cancelled although its referral stands',
    [updateRow('rewards', "state = 'cancelled'", "state = 'pending' and role = 'referred'")],
    [OWNERS],
  ],
  [
    'a reward that was granted before the end of its hold',
    [updateRow('rewards', "due_at = now() + interval '1 day'", GRANTED)],
    [HELD],
  ],
  [
    'a reward over the cap',
    [
      // Rewards without a cap may have been granted in parallel unless they are older.
      `update rewards set created_at = created_at - interval '2 minutes' where referral_id in (
         select r.id from referrals r join referral_campaign_versions v on v.id = r.campaign_version_id
         where v.cap is null)`,
      'update referral_campaign_versions set cap = 1 where cap is not null',
    ],
    [PERIODS],
  ],
  [
    'a reward that was capped while there were places',
    [updateRow('rewards', "state = 'capped'", "role = 'referrer' and state = 'granted'")],
    [CAPPED, PLACES, LEDGER],
  ],
  [
    'a place that nobody took',
    [updateRow('reward_windows', 'granted = granted + 1', 'granted < cap')],
    [PLACES],
  ],
  [
    'a cap that was passed',
    [
      dropConstraint('reward_windows', 'reward_windows_within_cap'),
      updateRow('reward_windows', 'cap = granted - 1', 'granted > 0'),
    ],
    [PLACES],
  ],
  [
    'a milestone rewarded twice',
    [
      dropConstraint('rewards', 'rewards_milestone_key'),
      copyRow('rewards', 'user_id, role, credits, campaign_id, threshold', "role = 'milestone'"),
    ],
    [MILESTONES, LEDGER],
  ],
  [
    'a milestone that nobody promised',
    [updateRow('rewards', 'threshold = threshold - 1', "role = 'milestone'")],
    [MILESTONES],
  ],
  [
    'a milestone that outlived its referrals',
    [updateRow('rewards', 'threshold = threshold + 1', "role = 'milestone' and state = 'granted'")],
    [MILESTONES, STANDING_MILESTONES],
  ],
  [
    'a milestone not reached',
    ["delete from referral_events where to_status = 'successful'"],
    [DAYS, STATUS, EVENTS, MILESTONES],
  ],
  ['an entry that is gone', [deleteRow('credit_entries', STANDING)], [LEDGER, BALANCES]],
  [
    'an entry that was raised',
    [updateRow('credit_entries', 'amount = amount + 1', STANDING)],
    [LEDGER, BALANCES],
  ],
  ['a reversal that is gone', [deleteRow('credit_entries', "kind = 'reversal'")], [REVERSALS, BALANCES]],
  [
    'a reward taken back twice',
    [
      dropConstraint('credit_entries', 'credit_entries_reverses_id_key'),
      copyRow('credit_entries', 'user_id, amount, kind, reverses_id', "kind = 'reversal'"),
    ],
    [REVERSALS, BALANCES],
  ],
  [
    'a cancelled redemption whose credits stayed away',
    [deleteRow('credit_entries', "kind = 'cancellation'")],
    [CANCELLED, BALANCES],
  ],
  ['a balance that was raised', [updateRow('credit_accounts', 'balance = balance + 1')], [BALANCES]],
  ['credits forgotten on the way to the account', [deleteRow('credit_deltas')], [BALANCES]],
  [
    'a balance below zero',
    [
      dropConstraint('credit_accounts', 'credit_accounts_not_negative'),
      updateRow('credit_accounts', 'balance = -1'),
    ],
    [BALANCES],
  ],
  ['a view that was counted twice', [updateRow('analytics_slots', 'views = views + 1')], [VIEWS]],
  ['an event that is gone', [deleteRow('analytics_events', 'excluded is null')], [VIEWS, SEGMENTS, PACKED]],
  [
    'a segment with a view too many',
    [updateRow('analytics_segments', `names = jsonb_set(names, '{country,0,1}', '1000')`)],
    [SEGMENTS, PACKED],
  ],
  [
    'a segment with another country for an event',
    [updateRow('analytics_segments', `country = set_byte(country, 0, 1 - get_byte(country, 0))`)],
    [PACKED],
  ],
];

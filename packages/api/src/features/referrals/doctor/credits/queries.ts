import { sql } from 'kysely';
import type { DoctorCheck } from '../schema.ts';

export const CREDIT_CHECKS: DoctorCheck[] = [
  {
    name: 'rewards = ledger entries',
    of: 'reward or entry',
    fields: ['credits'],
    // An entry of another user does not match its reward, so both are shown separately.
    rows: sql`
      select coalesce(w.id, e.id) as id, array[coalesce(w.credits, 0)] as expected, array[coalesce(e.amount, 0)] as found
      from (select id, user_id, credits from rewards where state not in ('pending', 'capped', 'cancelled')) w
        full join (select id, user_id, amount, reward_id from credit_entries where kind = 'reward') e
          on e.reward_id = w.id and e.user_id = w.user_id`,
  },
  {
    // A restoration takes a reversal back. Earlier releases did not name the reward of a reversal.
    name: 'reversed rewards = ledger reversals, once each',
    of: 'reward',
    fields: ['credits', 'times'],
    rows: sql`
      select coalesce(w.id, e.reward_id) as id,
        array[coalesce(-w.credits, 0), (w.id is not null)::int]::bigint[] as expected,
        array[coalesce(e.amount, 0), coalesce(e.times, 0)] as found
      from (select id, user_id, credits from rewards where state = 'reversed') w
        full join (
          select coalesce(e.root_reward_id, taken.reward_id) as reward_id, e.user_id, sum(e.amount) as amount,
            sum(case e.kind when 'reversal' then 1 else -1 end) as times
          from credit_entries e left join credit_entries taken on taken.id = e.reverses_id
          where e.kind in ('reversal', 'restoration') group by 1, 2
          having sum(e.amount) <> 0 or sum(case e.kind when 'reversal' then 1 else -1 end) <> 0
        ) e on e.reward_id = w.id and e.user_id = w.user_id`,
  },
  {
    name: 'cancelled redemptions = ledger entries that give their credits back',
    of: 'redemption',
    fields: ['credits'],
    rows: sql`
      select coalesce(d.id, e.reverses_id) as id, array[coalesce(d.credits, 0)] as expected,
        array[coalesce(e.amount, 0)] as found
      from (
        select r.id, r.user_id, -s.amount as credits from redemptions r join credit_entries s on s.id = r.id
        where r.state = 'cancelled'
      ) d full join (select reverses_id, user_id, amount from credit_entries where kind = 'cancellation') e
        on e.reverses_id = d.id and e.user_id = d.user_id`,
  },
  {
    name: 'balances + deltas = ledger sums, and ≥ 0',
    of: 'user',
    fields: ['balance', 'earned', 'not below zero'],
    rows: sql`
      select user_id as id,
        array[coalesce(e.amount, 0), coalesce(e.earned, 0), greatest(coalesce(a.balance, 0), 0)] as expected,
        array[coalesce(a.balance, 0), coalesce(a.earned, 0), coalesce(a.balance, 0)] as found
      from (
        select user_id, sum(amount)::bigint as amount,
          coalesce(sum(amount) filter (where kind not in ('redemption', 'cancellation')), 0)::bigint as earned
        from credit_entries group by user_id
      ) e full join (
        select user_id, sum(balance)::bigint as balance, sum(earned)::bigint as earned
        from (
          select user_id, balance, earned from credit_accounts
          union all
          select user_id, amount, amount from credit_deltas
        ) settled_or_not group by user_id
      ) a using (user_id)`,
  },
];

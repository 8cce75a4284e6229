import { setTimeout as sleep } from 'node:timers/promises';
import { type Mailbox, tokenIn } from '@linkgrove/api/testing';
import { expect } from 'vitest';
import {
  type Answer,
  BROWSER,
  call,
  type CallOptions,
  cookieHeader,
  newPerson,
  type SignedUp,
} from './kit/index.ts';

/** A sign-up attempt: `id` if it was confirmed, `answered` if there was an answer. */
type Attempt = { email: string; answered: boolean; id?: string };
type Redeemed = { key: string; id: string };
type Decision = { referralId: string; reason: string; verb: 'approve' | 'reverse' };

/**
 * Clients that continue whatever happens to the servers, and record what they were told: people sign up by the
 * link of `ada` and verify, `ada` redeems credits, and `admin` approves and reverses referrals.
 */
export function createKillClients(of: {
  urls: () => string[];
  mailbox: Mailbox;
  ada: SignedUp;
  admin: SignedUp;
}) {
  const { urls, mailbox, ada, admin } = of;
  const attempts: Attempt[] = [];
  const redeemed: Redeemed[] = [];
  const refusedKeys: string[] = [];
  const decisions: Decision[] = [];
  const verified = new Set<string>();
  let mailsRead = 0;
  let acknowledged = 0;

  /** Sends a request to any running server; undefined if the result is unknown. */
  async function tryOnce(method: string, path: string, options?: CallOptions): Promise<Answer | undefined> {
    const url = urls().toSorted(() => Math.random() - 0.5)[0];
    const answer = url && (await call(url, method, path, options).catch(() => undefined));
    const isFinal = answer && answer.status < 500 && answer.body.code !== 'IDEMPOTENCY_IN_PROGRESS';
    if (isFinal) return answer;
    await sleep(20);
    return undefined;
  }

  /** Repeats a request until there is an answer; `again` if an earlier try may have succeeded. */
  async function insist(method: string, path: string, options?: CallOptions) {
    for (let again = false; ; again = true) {
      const answer = await tryOnce(method, path, options);
      if (answer) return { ...answer, again };
    }
  }

  /** Signs up a person; every third one does not retry. */
  async function signUp(n: number): Promise<void> {
    const person = { ...newPerson(), ...(n % 4 === 0 && { email: `stranger${n}@mailinator.com` }) };
    const attempt: Attempt = { email: person.email, answered: false };
    attempts.push(attempt);
    const visit = await insist('GET', `/r/${ada.user.referralCode}`, { headers: { 'user-agent': BROWSER } });
    const options = {
      body: { ...person, ...(n % 2 === 0 && { referralCode: ada.user.referralCode }) },
      cookie: cookieHeader(visit.cookies),
    };
    const answer = await (n % 3 === 0 ? tryOnce : insist)('POST', '/api/register', options);
    if (!answer) return;
    attempt.answered = true;
    // An earlier try without an answer may have taken them.
    if (answer.status === 409) return expect(answer.body.code).toMatch(/_TAKEN$/);
    expect(answer).toMatchObject({ status: 201, body: { user: { referredBy: ada.username } } });
    attempt.id = answer.body.user.id;
    acknowledged += 1;
  }

  /** Opens the next mail and its link. */
  async function readMail(): Promise<void> {
    const mail = mailbox.received[mailsRead];
    if (!mail) return sleep(10);
    mailsRead += 1;
    if (!mail.subject.includes('Verify') || verified.has(mail.to)) return;
    const answer = await insist('POST', '/api/verify-email', { body: { token: tokenIn(mail) } });
    // An earlier try without an answer, or the same mail, may have used the token.
    expect([200, 410]).toContain(answer.status);
    verified.add(mail.to);
    acknowledged += 1;
  }

  const redeem = (key: string) =>
    insist('POST', '/api/rewards/redeem', {
      token: ada.token,
      body: { item: 'premium_month' },
      headers: { 'idempotency-key': key },
    });

  /** Redeems credits, and repeats the request with the same key. */
  async function spend(n: number): Promise<void> {
    const key = `key-${n}`;
    const { status, body } = await redeem(key);
    expect([200, 422]).toContain(status);
    if (status === 422) {
      refusedKeys.push(key);
      return sleep(50);
    }
    redeemed.push({ key, id: body.id });
    acknowledged += 1;
    expect(await redeem(key)).toMatchObject({ status: 200, body });
  }

  /** Approves a referral in review, or reverses a successful one. */
  async function decide(n: number): Promise<void> {
    const verb = n % 3 === 0 ? 'reverse' : 'approve';
    const status = verb === 'approve' ? 'review' : 'successful';
    const { token } = admin;
    const { body } = await insist('GET', `/api/admin/referrals?status=${status}&limit=1`, { token });
    const referralId = body.items[0]?.id;
    if (!referralId) return sleep(50);
    const reason = `Decision ${n}`;
    const path = `/api/admin/referrals/${referralId}/${verb}`;
    const answer = await insist('POST', path, { token, body: { reason } });
    // An earlier try without an answer may have decided it.
    expect(answer.again ? [200, 409] : [200]).toContain(answer.status);
    decisions.push({ referralId, reason, verb });
    acknowledged += 1;
  }

  return {
    attempts,
    redeemed,
    refusedKeys,
    decisions,
    /** How many requests have been confirmed so far. */
    progress: () => acknowledged,
    hasUnread: () => mailsRead < mailbox.received.length,
    stats: () => insist('GET', '/api/referral-stats?days=2', { token: ada.token }),
    signUp,
    readMail,
    spend,
    decide,
  };
}
export type Clients = ReturnType<typeof createKillClients>;

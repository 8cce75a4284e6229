import { sqlCompiler } from '@linkgrove/db/testing';
import { describe, expect, it } from 'vitest';
import { publishEventsPart } from '../../events/service.ts';
import { claimHandlePart } from '../../pages/handles/queries.ts';
import { prepareFirstPage } from '../../pages/service.ts';
import { prepareFirstLink } from '../../referrals/links/service.ts';
import {
  insertReferralParts,
  newReferralEventPart,
  referralAdmissionParts,
} from '../../referrals/sign-up/queries.ts';
import { insertSecurityEventPart } from '../../security-events/queries.ts';
import { preparePersonalWorkspace } from '../../workspaces/service.ts';
import { insertUserPart, mailboxOwnerPart, newUserEventPart } from '../../users/service.ts';
import { prepareEmailToken } from '../email-token/service.ts';
import { insertOriginPart } from '../origins/queries.ts';
import { insertSessionParts } from '../session/queries.ts';
import { buildSignUpQuery } from './statement.ts';

const tokenDeriver = {
  emailToken: (id: string) => id,
  loginCode: (id: string) => id,
  invitationToken: (id: string) => id,
  formToken: (id: string) => id,
  nextRefreshToken: (token: string) => token,
};

/** Compiles the statement of a sign-up in which every text is `value`. */
function compileSignUp(value: string, { isRequired = true, networkHash = Buffer.from(value) } = {}) {
  const id = value;
  const hash = Buffer.from(value);
  const names = { userId: id, code: value, handle: value, title: value };
  const referral = {
    ...referralAdmissionParts({
      code: value,
      isRequired,
      attributionId: value,
      signedInAs: null,
      emailCanonical: value,
    }),
    ...insertReferralParts(
      { id, utm: { utm_source: value }, isVisited: true, source: 'page', pageId: value },
      {
        emailCanonical: 'ada@example.com',
        emailHmac: hash,
        deviceHash: hash,
        networkHash,
        signals: [],
        domain: value,
        ownDomain: value,
      },
    ),
    referralEvent: publishEventsPart('referral.created', newReferralEventPart),
  };
  const user = {
    id,
    username: value,
    email: value,
    emailCanonical: value,
    passwordHash: value,
    country: value,
  };
  const event = {
    id,
    userId: id,
    actorId: null,
    sessionId: id,
    requestId: value,
    ip: value,
    userAgent: value,
  };
  return buildSignUpQuery({
    referral,
    mailboxOwner: mailboxOwnerPart(value),
    user: insertUserPart<'credited' | 'verdict'>(
      { ...user, referralCode: value },
      { referredBy: referral.referrerId, condition: referral.admittedCondition },
    ),
    session: {
      ...insertSessionParts({
        id,
        tokenHash: hash,
        ip: value,
        userAgent: value,
        networkHash,
        deviceHash: hash,
        amr: ['pwd'],
        idleSeconds: 60,
      }),
      origin: insertOriginPart({ browserHash: hash, networkHash: hash, browser: value }),
    },
    ...preparePersonalWorkspace({ userId: id, name: value }),
    ...prepareFirstPage(names),
    handle: claimHandlePart({ ...names, workspaceId: id, pageId: id }),
    ...prepareFirstLink(names),
    ...prepareEmailToken({ tokenDeriver }, 'verify_email', user),
    securityEvent: insertSecurityEventPart({ ...event, type: 'signed_up', details: null, audited: false }),
    userEvent: publishEventsPart('user.created', newUserEventPart(value)),
  }).compile(sqlCompiler);
}

describe('the statement of a sign-up', () => {
  const { sql } = compileSignUp('a');
  const bodies = new Map(
    sql
      .split(/^(?=\/\* prepared \*\/ with "|")/m)
      .map((text) => [/"(\w+)" as/.exec(text)?.[1] ?? '', text.slice(text.indexOf('('))] as const),
  );

  it('is the one in sign-up.sql', async () => {
    await expect(`${sql}\n`).toMatchFileSnapshot('sign-up.sql');
  });

  it('has its parts in this order', () => {
    expect([...bodies.keys()]).toEqual([
      'mailbox_owner',
      'invited',
      'attribution_used',
      'invited_once',
      'use_taken',
      'verdict',
      'credited',
      'account',
      'judged',
      'weighed',
      'referral',
      'referral_counted',
      'network_stored',
      'referral_event',
      'session',
      'refresh_token',
      'device',
      'origin',
      'workspace',
      'member',
      'handle',
      'page',
      'link',
      'code',
      'email_token',
      'mail',
      'security_event',
      'user_event',
    ]);
  });

  it('stores nothing without an account: every part after it reads it or a part that does', () => {
    const readers = new Set(['account']);
    const afterAccount = [...bodies].slice([...bodies.keys()].indexOf('account') + 1);
    for (const [name, body] of afterAccount) {
      const sources = [...body.matchAll(/\b(?:from|join) "?(\w+)"?/g)].map((match) => match[1] ?? '');
      if (sources.some((source) => readers.has(source))) readers.add(name);
      else expect([name, /\b(insert|update|delete)\b/.test(body)]).toEqual([name, false]);
    }
    expect(readers).toContain('security_event');
  });

  it('has the same text for all values, so that it stays prepared', () => {
    expect(compileSignUp('b').sql).toBe(sql);
    expect(compileSignUp('c', { networkHash: Buffer.of() }).sql).toBe(sql);
  });
});

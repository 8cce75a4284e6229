import { rollUpDeltas } from '@linkgrove/api/jobs';
import { readReferralCode } from '@linkgrove/api';
import { requireHealthy } from '@linkgrove/api/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BROWSER, createReferralKit, type SignedUp, useTestServer } from './kit/index.ts';

const server = useTestServer();
const kit = createReferralKit(server);

/** A browser that opens a link. */
const PERSON = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8', 'user-agent': BROWSER };

describe('a code', () => {
  it('is read as people type it', async () => {
    const ada = await kit.signUp();
    await kit.as(ada, 'POST', '/api/referral-links', { code: 'Ada-Talk_26' });
    const spellings = [
      'ada-talk_26',
      'ADA-TALK_26',
      '  Ada-Talk_26\n',
      'Ada - Talk_26',
      'Ada\u00A0-\u2009Talk_26',
      'Ada\u2010Talk_26',
      'Ada\u2011Talk_26',
      'Ada\u2013Talk_26',
      'Ada\u2014Talk_26',
      'Ada\u2212Talk_26',
      'Ａｄａ－Ｔａｌｋ＿２６',
      'https://links.example/r/Ada-Talk_26',
      'links.example/r/Ada-Talk_26?utm_source=x',
      'Join me: https://app.example/register?referral=Ada-Talk_26.',
      '(see https://links.example/r/Ada–Talk_26)',
    ];
    for (const referralCode of spellings) {
      const { status, body } = await kit.register({ referralCode });
      expect([referralCode, status, body.user?.referredBy]).toEqual([referralCode, 201, ada.username]);
      const path = `/api/referral-codes/${encodeURIComponent(referralCode)}`;
      expect([referralCode, (await server.get(path)).status]).toEqual([referralCode, 200]);
    }
    const visit = await server.post('/api/referral-codes/ADA%E2%80%93TALK_26/visit', undefined, {
      headers: { 'user-agent': BROWSER },
    });
    expect(visit.status).toBe(202);
    expect((await kit.readStats(ada)).visits).toBe(1);
  });

  it('is read from any text without an error, and a second reading changes nothing', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        const code = readReferralCode(text);
        if (!/[/?]/.test(code)) expect(readReferralCode(code)).toBe(code);
      }),
    );
    fc.assert(
      fc.property(fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_-]{2,31}$/), (code) => {
        for (const text of [
          code,
          ` ${code} `,
          `https://x.example/r/${code}`,
          `x.example/register?referral=${code}`,
        ]) {
          expect(readReferralCode(text)).toBe(code);
        }
      }),
    );
  });
});

describe('a link that cannot be used', () => {
  const open = (code: string, headers = PERSON) => server.call('GET', `/r/${code}`, { headers });

  it('leads a person to the sign-up page without credit, and counts as a missed visit once an hour', async () => {
    const ada = await kit.signUp();
    const makeLink = async (body: object, change?: object) => {
      const link = (await kit.as(ada, 'POST', '/api/referral-links', body)).body;
      if (change) await kit.as(ada, 'PATCH', `/api/referral-links/${link.id}`, change);
      return link;
    };
    const usedUp = await makeLink({ maxUses: 1 });
    await kit.signUp({ referralCode: usedUp.code });
    const disabled = await makeLink({}, { enabled: false });
    const deleted = await makeLink({});
    await kit.as(ada, 'DELETE', `/api/referral-links/${deleted.id}`);
    for (const { code } of [usedUp, disabled, deleted]) {
      for (let n = 0; n < 2; n++) {
        const { status, headers, cookies } = await open(`${code}?utm_source=card`);
        expect([status, headers.get('location')]).toEqual([
          302,
          `${server.app.config.appUrl}/register?utm_source=card`,
        ]);
        expect(cookies).not.toHaveProperty('referral');
      }
      expect((await server.get(`/api/referral-codes/${code}`)).status).toBe(404);
      expect((await kit.register({ referralCode: code })).status).toBe(422);
    }
    for (const rolledUp of [false, true]) {
      if (rolledUp) await rollUpDeltas(server.app);
      server.app.cache('referral-stats').invalidate(ada.user.id);
      expect(await kit.readStats(ada)).toMatchObject({ visits: 0, missedVisits: 3, signups: 1 });
    }
    await requireHealthy(server.app);
  });

  it('is not found for a program, and an unknown code leads a person on as well', async () => {
    const ada = await kit.signUp();
    const { id, code } = (await kit.as(ada, 'POST', '/api/referral-links', {})).body;
    await kit.as(ada, 'PATCH', `/api/referral-links/${id}`, { enabled: false });
    for (const dead of [code, 'nobody-has-this']) {
      expect((await kit.visit(dead)).status).toBe(404);
      expect((await open(dead)).status).toBe(302);
    }
  });

  it('keeps an earlier visit to another link credited', async () => {
    const ada = await kit.signUp();
    const bob = await kit.signUp();
    const { id, code } = (await kit.as(bob, 'POST', '/api/referral-links', {})).body;
    await kit.as(bob, 'PATCH', `/api/referral-links/${id}`, { enabled: false });
    const cookie = await kit.visitCookie(kit.codeOf(ada));
    await open(code, { ...PERSON, cookie } as typeof PERSON);
    const friend: SignedUp = await kit.signUp({}, { cookie });
    expect(friend.user.referredBy).toBe(ada.username);
  });
});

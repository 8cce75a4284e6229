import { ownAnalytics } from './analytics.ts';
import { ownCreditEntry, referral } from './referrals.ts';
import { block, page } from './pages.ts';
import { campaign } from './campaigns.ts';
import { webhook } from './webhooks.ts';
import { apiKey } from './workspaces.ts';
import { domain } from './domains.ts';
import { EXAMPLE_MFA_TOKEN, IDS, MAILED_TOKEN, PASSWORD, user, verifiedUser } from './shared.ts';
import type { RouterExamples } from './types.ts';

const signedIn = {
  user,
  accessToken: 'eyJhbGciOiJFZERTQSIsInR5cCI6ImF0K2p3dCJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl',
  tokenType: 'Bearer' as const,
  expiresIn: 900,
};
const accepted = { accepted: true as const };
const token = MAILED_TOKEN;

export const auth: RouterExamples<'auth'> = {
  providers: { answer: { items: [{ id: 'google', name: 'Google' }] } },
  completeSignUp: { body: { username: 'ada' }, answer: signedIn },
  register: { body: { email: user.email, username: 'ada', password: PASSWORD }, answer: signedIn },
  login: { body: { identifier: 'ada', password: PASSWORD }, answer: signedIn },
  loginMfa: { body: { mfaToken: EXAMPLE_MFA_TOKEN, code: '492039', trustDevice: true }, answer: signedIn },
  refresh: { answer: signedIn },
  logout: {},
  loginLink: { body: { email: user.email }, answer: accepted },
  verifyLoginLink: {
    bodies: { code: { email: user.email, code: '123456' }, link: { token } },
    answer: signedIn,
  },
  verifyEmail: { body: { token }, answer: { user: { ...user, emailVerified: true } } },
  declineVerification: { body: { token } },
  verificationDetails: {
    body: { token },
    answer: { purpose: 'verify_email', requestedAt: '2026-11-22T12:00:00.000Z', country: 'GB' },
  },
  resendVerification: { answer: accepted },
  forgotPassword: { body: { email: user.email }, answer: accepted },
  resetPassword: { body: { token, password: 'staple-horse-correct' } },
};

const session = {
  id: IDS.session,
  userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0',
  name: 'Laptop at work',
  amr: ['pwd'],
  device: 'Firefox on Linux',
  ip: '203.0.113.7',
  createdAt: '2026-11-22T12:00:00.000Z',
  lastUsedAt: '2026-11-22T12:34:00.000Z',
  current: true,
};

const recoveryCodes = Array.from({ length: 10 }, (_, index) => `JBSW-Y3DP-EHPK-3PX${'ABCDEFGHIJ'[index]}`);

const trustedDevice = {
  id: IDS.session,
  device: session.device,
  createdAt: session.createdAt,
  expiresAt: '2026-12-22T12:00:00.000Z',
  current: true,
};

export const secondFactor: RouterExamples<'secondFactor'> = {
  setUpTotp: {
    answer: {
      secret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP',
      url: 'otpauth://totp/app.example.com:ada%40example.com?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=app.example.com&algorithm=SHA1&digits=6&period=30',
      qrSvg: '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 61 61">…</svg>',
    },
  },
  confirmTotp: { body: { code: '492039' }, answer: { recoveryCodes } },
  removeTotp: { body: { code: '492039' } },
  replaceRecoveryCodes: { answer: { recoveryCodes } },
  trustedDevices: { answer: { items: [trustedDevice] } },
  endTrustedDevice: {},
};

const passkey = {
  id: IDS.key,
  name: 'Chrome on Android',
  synced: true,
  createdAt: '2026-11-22T12:00:00.000Z',
  lastUsedAt: null,
};
const CHALLENGE = 'bQ0p6vTt2mWc8fYh1sKx3nZr5dLj7gEaUoIiPqRsTu0';
const CREDENTIAL_ID = 'Yy1hLWNyZWRlbnRpYWwtb2YtYWRh';
const credential = { id: CREDENTIAL_ID, rawId: CREDENTIAL_ID, type: 'public-key' as const };
const CLIENT_DATA = 'eyJ0eXBlIjoid2ViYXV0aG4uZ2V0In0';

export const passkeys: RouterExamples<'passkeys'> = {
  registrationOptions: {
    answer: {
      challenge: CHALLENGE,
      rp: { id: 'app.example.com', name: 'app.example.com' },
      user: { id: 'AZmPPloQfDuPIW0MXzuaAQ', name: user.email, displayName: 'ada' },
      pubKeyCredParams: [{ type: 'public-key', alg: -7 }],
      timeout: 300_000,
      excludeCredentials: [],
      authenticatorSelection: {
        residentKey: 'required',
        requireResidentKey: true,
        userVerification: 'required',
      },
      attestation: 'none',
    },
  },
  register: {
    body: {
      ...credential,
      response: {
        clientDataJSON: CLIENT_DATA,
        attestationObject: 'o2NmbXRkbm9uZQ',
        transports: ['internal'],
      },
      name: 'Chrome on Android',
    },
    answer: passkey,
  },
  authenticationOptions: {
    answer: {
      challenge: CHALLENGE,
      rpId: 'app.example.com',
      timeout: 300_000,
      allowCredentials: [],
      userVerification: 'required',
    },
  },
  authenticate: {
    body: {
      ...credential,
      response: {
        clientDataJSON: CLIENT_DATA,
        authenticatorData: 'SZYN5YgOjGh0NBcPZHZgW4',
        signature: 'MEUCIQDx',
        userHandle: 'AZmPPloQfDuPIW0MXzuaAQ',
      },
    },
    answer: signedIn,
  },
  list: { answer: { items: [passkey] } },
  rename: { body: { name: 'Phone' }, answer: { ...passkey, name: 'Phone' } },
  delete: {},
};

export const sessions: RouterExamples<'sessions'> = {
  list: { answer: { items: [session], nextCursor: null } },
  rename: { body: { name: 'Laptop at work' } },
  end: {},
  endOthers: {},
};

const identity = {
  id: IDS.event,
  provider: 'google',
  subjectEmail: 'ada@gmail.com',
  createdAt: '2026-11-22T12:00:00.000Z',
  lastUsedAt: '2026-11-23T07:30:00.000Z',
};

export const identities: RouterExamples<'identities'> = {
  list: { answer: { items: [identity], nextCursor: null } },
  link: {
    body: { redirect: '/settings' },
    answer: { url: 'https://accounts.google.com/o/oauth2/v2/auth?client_id=1' },
  },
  remove: {},
};

const securityEvent = {
  id: IDS.event,
  type: 'signed_up' as const,
  at: '2026-11-22T12:00:00.000Z',
  ip: '203.0.113.7',
  userAgent: session.userAgent,
  byAdmin: false,
};

export const securityEvents: RouterExamples<'securityEvents'> = {
  list: { answer: { items: [securityEvent], nextCursor: null } },
};

export const account: RouterExamples<'account'> = {
  me: { answer: verifiedUser },
  update: { body: { displayName: 'Ada Lovelace', leaderboard: true }, answer: verifiedUser },
  reauthenticate: { body: { password: PASSWORD } },
  delete: { body: { password: PASSWORD } },
  changePassword: { body: { currentPassword: PASSWORD, newPassword: 'staple-horse-correct' } },
  changeEmail: { body: { email: 'ada@lovelace.example', password: PASSWORD }, answer: accepted },
  undoEmailChange: { body: { token } },
  unsubscribe: { body: { token } },
  export: {
    answer: {
      exportedAt: '2026-11-23T08:00:00.000Z',
      user: verifiedUser,
      preferences: { leaderboard: true, referralMail: true },
      premiumUntil: null,
      signUpCountry: 'GB',
      sessions: [session],
      identities: [identity],
      passkeys: [passkey],
      trustedDevices: [trustedDevice],
      referralLinks: [
        {
          id: IDS.link,
          code: 'Kx7Qm2Pd',
          label: null,
          visits: 12,
          signups: 1,
          successful: 1,
          deleted: false,
        },
      ],
      referrerGroups: [],
      referrals: [referral],
      credits: [ownCreditEntry],
      redemptions: [],
      analytics: ownAnalytics,
      workspaces: [
        { id: IDS.user, name: 'ada', kind: 'personal', role: 'owner', joinedAt: '2026-11-22T12:00:00.000Z' },
      ],
      securityEvents: [securityEvent],
      apiKeys: [apiKey],
      files: [],
      campaigns: [campaign],
      webhooks: [webhook],
      domains: [domain],
      templates: [],
      reports: [],
      submissions: [],
      pages: [{ ...page, blocks: [block], versions: [] }],
      handles: [{ handle: 'ada', state: 'active', until: null }],
    },
  },
};

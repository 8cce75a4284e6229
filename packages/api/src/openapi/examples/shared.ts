import type { User } from '../../features/users/schema.ts';

/** IDs are UUIDv7. The same thing has the same ID in all examples. */
export const IDS = {
  user: '01998f3e-5a10-7c3b-8f21-6d0c5f3b9a01',
  otherUser: '01998f3e-7b44-7d02-9c11-2a4be0d7c602',
  admin: '01998f3e-0001-7aaa-8bbb-3c5d7e9f1a03',
  workspace: '01998f3e-6b20-7c8d-a142-0d1e2f3a4b0e',
  invitation: '01998f3e-6c31-7d9e-b253-1e2f3a4b5c0f',
  session: '01998f3e-5a12-7e55-b0c4-91f2d3a4b504',
  page: '01998f3e-5a13-7f66-a1d5-82e3c4b5a605',
  block: '01998f40-11c7-7a77-92e6-73d4b5c6a706',
  otherBlock: '01998f40-2d08-7b88-83f7-64c5a6b7c807',
  link: '01998f3e-5a14-7c99-9408-55b6a7c8d908',
  referral: '01998f41-3e19-7daa-8519-46a7b8c9ea09',
  reward: '01998f41-4f2a-7ebb-962a-37b8c9daeb0a',
  item: '01998f3d-725d-7bee-a95d-0aebfcadbe18',
  redemption: '01998f42-503b-7fcc-a73b-28c9daebfc0b',
  campaign: '01998f3d-614c-7add-b84c-19daebfcad0c',
  referrer: '01998f3e-836e-7cff-8a6e-1bfcad0ebf14',
  conversion: '01998f47-947f-7d00-9b7f-2c0dbe1fc015',
  click: '01998f47-a580-7e11-8c80-3d1ecf20d116',
  entry: '01998f48-b691-7f22-9d91-4e2fd031e217',
  key: '01998f44-a580-7e31-8c80-3dedbecf2f10',
  webhook: '01998f45-b691-7f42-9d91-4eecfd0a3011',
  domain: '01998f48-e9c4-7275-90c4-711f2a306314',
  template: '01998f49-fad5-7386-a1d5-82203b417415',
  version: '01998f47-d8b3-7164-8fb3-600e1f2c5213',
  delivery: '01998f46-c7a2-7053-8ea2-5ffd0e1b4112',
  file: '01998f47-d8b3-7164-9fb3-600e1f2c5213',
  event: '01998f3e-725d-7bee-895d-0aebfcadbe0d',
};

export const MAILED_TOKEN = 'bQ0p6vTt2mWc8fYh1sKx3nZr5dLj7gEa';
export const EXAMPLE_MFA_TOKEN = '01998f3e-5a10-7c3b-8f21-6d0c5f3b9a01.1795694700.pwd.c2lnbmF0dXJl';
export const PASSWORD = 'correct-horse-battery';

export const user: User = {
  id: IDS.user,
  email: 'ada@example.com',
  username: 'ada',
  displayName: null,
  emailVerified: false,
  referralCode: 'Kx7Qm2Pd',
  referralUrl: 'https://app.example.com/register?referral=Kx7Qm2Pd',
  referredBy: null,
  role: 'user',
  mfa: { totp: false, recoveryCodes: 0, passkeys: 0 },
  premiumUntil: null,
  createdAt: '2026-11-22T12:00:00.000Z',
};

export const verifiedUser: User = { ...user, displayName: 'Ada Lovelace', emailVerified: true };

import { PASSWORD } from '../server.ts';

export const buildSignUp = (n: number, referralCode?: string) => {
  const username = `person${String(n).padStart(10, '0')}`;
  return {
    email: `${username}@example.com`,
    username,
    password: PASSWORD,
    ...(referralCode !== undefined && { referralCode }),
  };
};

/** Returns a public address that only the `n`th user has. */
export const buildAddress = (n: number): string => ['12', (n >> 16) & 255, (n >> 8) & 255, n & 255].join('.');

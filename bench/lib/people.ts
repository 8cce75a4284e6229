import { PASSWORD } from '../server.ts';

/** What the `n`th person sends to sign up. */
export const bodyOf = (n: number, referralCode?: string) => {
  const username = `person${String(n).padStart(10, '0')}`;
  return {
    email: `${username}@example.com`,
    username,
    password: PASSWORD,
    ...(referralCode !== undefined && { referralCode }),
  };
};

/** An address of the public internet, for the `n`th person alone. */
export const addressOf = (n: number): string => ['12', (n >> 16) & 255, (n >> 8) & 255, n & 255].join('.');

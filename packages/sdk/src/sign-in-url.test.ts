import { expect, it } from 'vitest';
import { buildSignInUrl } from './sign-in-url.ts';

it('the address of a sign-in has the redirect and the referral code, if there are any', () => {
  const url = 'https://api.example.com/';
  expect(buildSignInUrl({ url, provider: 'google', referralCode: '' })).toBe(
    'https://api.example.com/api/auth/google',
  );
  expect(buildSignInUrl({ url, provider: 'google', redirect: '/a?b=c&d', referralCode: 'Kx7' })).toBe(
    'https://api.example.com/api/auth/google?redirect=%2Fa%3Fb%3Dc%26d&referralCode=Kx7',
  );
});

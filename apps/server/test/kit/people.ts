export const PASSWORD = 'correct-horse-battery';
/** What a real browser sends; visits of bots are not counted. */
export const BROWSER = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';

export type SignedUp = {
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look into it freely
  user: any;
  token: string;
  cookie: string;
  email: string;
  username: string;
};

let people = 0;
export const newPerson = () => {
  people += 1;
  return { email: `person${people}@example.com`, username: `person${people}`, password: PASSWORD };
};

let names = 0;
/** A handle that no other test uses. */
export const newHandle = (prefix = 'handle') => `${prefix}-${(names += 1)}-${process.pid}`;
/** A referral code that no other test uses. */
export const newCode = () => newHandle('invite');

export const cookieHeader = (cookies: Record<string, string>): string =>
  Object.entries(cookies)
    .map(([name, value]) => `${name}=${value}`)
    .join('; ');

/** The cookie by which a signed-up user's browser is recognised again. */
export const deviceOf = ({ cookie }: SignedUp): string =>
  cookie.split('; ').find((pair) => pair.startsWith('device=')) ?? '';

/** Makes the server trust `X-Forwarded-For`, so that a test can come from any address. */
export const BEHIND_PROXY = { TRUST_PROXY: '127.0.0.1' };
export const clientFrom = (address: string) => ({ 'x-forwarded-for': address });

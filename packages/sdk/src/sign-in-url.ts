export type SignInUrlOptions = {
  /** Base URL of the API, such as `https://api.example.com`. */
  url: string;
  /** The ID of a provider from `auth.providers`. */
  provider: string;
  /** Where the browser goes afterwards: a path of your frontend, or a URL of an origin that the API trusts. */
  redirect?: string | undefined;
  /** For people who come to sign up. */
  referralCode?: string | undefined;
};

/**
 * The address that starts a sign-in with a provider; open it in the same window. The browser comes back with a session,
 * or with `?error=` and a code.
 */
export function buildSignInUrl({ url, provider, redirect, referralCode }: SignInUrlOptions): string {
  const query = new URLSearchParams({
    ...(redirect !== undefined && { redirect }),
    ...(referralCode && { referralCode }),
  }).toString();
  const path = `${url.replace(/\/+$/, '')}/api/auth/${encodeURIComponent(provider)}`;
  return query === '' ? path : `${path}?${query}`;
}

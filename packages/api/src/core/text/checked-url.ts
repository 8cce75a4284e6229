/** `href` is the ASCII URL to store, link or redirect to; `reason` tells the user what to correct. */
export type CheckedUrl = { href: string; reason?: undefined } | { href?: undefined; reason: string };

export const createUrlRefusal = (reason: string): CheckedUrl => ({ reason });

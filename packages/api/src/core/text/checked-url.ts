export type CheckedUrl = { href: string; reason?: undefined } | { href?: undefined; reason: string };

export const createUrlRefusal = (reason: string): CheckedUrl => ({ reason });

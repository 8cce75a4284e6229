/** `points` calls in each window of `seconds`. */
export type Budget = { points: number; seconds: number };

const DAY_SECONDS = 86_400;
const UNIT_SECONDS: Record<string, number> = { s: 1, m: 60, h: 3_600, d: DAY_SECONDS };

/** Parses `30d`, `12h`, `15m` or `30s` into seconds; null for any other text and for zero. */
export function parseDuration(text: string): number | null {
  const [, count, unit = ''] = /^([1-9]\d{0,5})([smhd])$/.exec(text) ?? [];
  const unitSeconds = UNIT_SECONDS[unit];
  return count && unitSeconds ? Number(count) * unitSeconds : null;
}

// Timers hold at most 2^31 milliseconds; a longer one would fire at once.
const MAX_WINDOW_SECONDS = 24 * DAY_SECONDS;

/** Parses `10/15m` into a budget; null if it is not `count/duration` or the window exceeds 24 days. */
export function parseBudget(text: string): Budget | null {
  const [, points, window] = /^([1-9]\d{0,8})\/(\w+)$/.exec(text) ?? [];
  const seconds = window ? parseDuration(window) : null;
  return points && seconds && seconds <= MAX_WINDOW_SECONDS ? { points: Number(points), seconds } : null;
}

export type ConfiguredLimits = Record<'login' | 'register' | 'forgot' | 'global', Budget>;

/** One of so many requests of an address may have a large body without a session. */
const LARGE_BODY_SHARE = 10;

/**
 * Returns every rate limit budget by name. Those named `…Account` count per account, the others per client address.
 * Mailed and refresh tokens have none: nobody guesses 256 random bits, and a wrong token costs one query.
 */
export function buildLimitBudgets(configured: ConfiguredLimits) {
  return {
    /** All requests, unknown paths included. */
    global: configured.global,
    /** Bodies over 64 KiB to procedures that need no session; counted before they are parsed. */
    largeBodies: { ...configured.global, points: Math.ceil(configured.global.points / LARGE_BODY_SHARE) },
    register: configured.register,
    login: configured.login,
    forgot: configured.forgot,
    forgotAccount: configured.forgot,
    resendAccount: configured.forgot,
    changeEmailAccount: configured.forgot,
    handles: { points: 120, seconds: 60 },
  } satisfies Record<string, Budget>;
}
export type LimitName = keyof ReturnType<typeof buildLimitBudgets>;

/** `points` calls in each window of `seconds`. */
export type Budget = { points: number; seconds: number };

const SECONDS = { s: 1, m: 60, h: 3_600, d: 86_400 } as const;

/** Reads `30d`, `12h`, `15m` or `30s` into seconds; null if it is none of them or zero. */
export function parseDuration(text: string): number | null {
  const [, count, unit] = /^([1-9]\d{0,5})([smhd])$/.exec(text) ?? [];
  return count && unit ? Number(count) * SECONDS[unit as keyof typeof SECONDS] : null;
}

// Timers hold at most 2^31 milliseconds; a longer window would end at once.
const LONGEST_WINDOW = 24 * SECONDS.d;

/** Reads `10/15m` into a budget; null if it is not `count/duration` or the window is longer than 24 days. */
export function parseBudget(text: string): Budget | null {
  const [, points, window] = /^([1-9]\d{0,8})\/(\w+)$/.exec(text) ?? [];
  const seconds = window ? parseDuration(window) : null;
  return points && seconds && seconds <= LONGEST_WINDOW ? { points: Number(points), seconds } : null;
}

export type ConfiguredLimits = Record<'login' | 'register' | 'forgot' | 'global', Budget>;

/**
 * Every budget of the product, by name; `account` ones are counted per account, the others per client address.
 * Mailed and refresh tokens have none: 256 random bits are not guessed, and a wrong one costs one query.
 */
export function buildLimitBudgets(configured: ConfiguredLimits) {
  return {
    /** Every request, unknown paths included. */
    global: configured.global,
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

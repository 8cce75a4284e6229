export type Budget = { points: number; seconds: number };

const DAY_SECONDS = 86_400;
const UNIT_SECONDS: Record<string, number> = { s: 1, m: 60, h: 3_600, d: DAY_SECONDS };

export function parseDuration(text: string): number | null {
  const [, count, unit = ''] = /^([1-9]\d{0,5})([smhd])$/.exec(text) ?? [];
  const unitSeconds = UNIT_SECONDS[unit];
  return count && unitSeconds ? Number(count) * unitSeconds : null;
}

// Timers hold at most 2^31 milliseconds; a longer one would fire at once.
const MAX_WINDOW_SECONDS = 24 * DAY_SECONDS;

export function parseBudget(text: string): Budget | null {
  const [, points, window] = /^([1-9]\d{0,8})\/(\w+)$/.exec(text) ?? [];
  const seconds = window ? parseDuration(window) : null;
  return points && seconds && seconds <= MAX_WINDOW_SECONDS ? { points: Number(points), seconds } : null;
}

export type ConfiguredLimits = Record<'login' | 'register' | 'forgot' | 'global' | 'key', Budget>;

const LARGE_BODY_SHARE = 10;

/** `…Account` budgets count per account, the others per client address. Tokens of 256 random bits need none. */
export function buildLimitBudgets(configured: ConfiguredLimits) {
  return {
    global: configured.global,
    /** Bodies over 64 KiB to procedures that need no session; counted before they are parsed. */
    largeBodies: { ...configured.global, points: Math.ceil(configured.global.points / LARGE_BODY_SHARE) },
    /** Requests of one API key, wherever they come from. */
    key: configured.key,
    /** Requests with an API key that is unknown, has ended or may not be used there. */
    wrongKeys: { points: 60, seconds: 60 },
    keysAccount: { points: 150, seconds: DAY_SECONDS },
    register: configured.register,
    /** Registrations that are refused by their schema, whose passwords are judged nevertheless. */
    wrongRegistrations: { points: 60, seconds: 60 },
    login: configured.login,
    forgot: configured.forgot,
    /** Options and answers of passkeys, of which an attempt to sign in takes two. */
    passkeys: { points: 60, seconds: 60 },
    /** For devices that signed in before, after others used up the budget of their address. */
    forgotDevice: configured.forgot,
    resendAccount: configured.forgot,
    changeEmailAccount: configured.forgot,
    referralCodesAccount: { points: 150, seconds: DAY_SECONDS },
    /** Codes that were chosen for the referrers of campaigns. */
    chosenCodesAccount: { points: 2_000, seconds: DAY_SECONDS },
    changePasswordAccount: configured.forgot,
    changeUsernameAccount: configured.register,
    /** For administrators: pages of the list of users, and users that are looked up. */
    userSearchesAccount: { points: 600, seconds: 3_600 },
    /** For administrators: acts on users, most of which send a mail. */
    userActsAccount: { points: 300, seconds: 3_600 },
    impersonationsAccount: { points: 30, seconds: 3_600 },
    /** Each sends a mail to an address that may be a stranger's. */
    invitationsAccount: { points: 50, seconds: DAY_SECONDS },
    /** Each is read by a process of its own. */
    uploadsAccount: { points: 500, seconds: 3_600 },
    /** Each is hashed like a password of an account. */
    pagePasswordsAccount: { points: 60, seconds: 3_600 },
    /** Submissions of forms, each of which may send a mail to a stranger. */
    forms: { points: 20, seconds: 3_600 },
    /** Submissions of one form, wherever they come from. */
    formsBlock: { points: 500, seconds: 3_600 },
    reports: { points: 10, seconds: 3_600 },
    /** Pictures of pages that nobody asked for since they changed. */
    sharePictures: { points: 60, seconds: 60 },
    handles: { points: 120, seconds: 60 },
    /** Each asks DNS several questions. */
    domainChecksAccount: { points: 60, seconds: 3_600 },
    /** Test events, replays and recoveries, each of which sends requests elsewhere. */
    webhookCallsAccount: { points: 120, seconds: 60 },
  } satisfies Record<string, Budget>;
}
export type LimitName = keyof ReturnType<typeof buildLimitBudgets>;

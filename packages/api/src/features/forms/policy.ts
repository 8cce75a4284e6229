/** After that, a confirmation is no longer possible and what was entered is deleted. */
export const CONFIRMATION_DAYS = 7;

export const SUBMISSION_DAYS = 730;

/** A repeated submission of an unconfirmed address sends no second mail before. */
export const MAIL_PAUSE_HOURS = 24;

/** For all forms together, so that nobody floods a stranger's mailbox through many forms. */
export const MAX_MAILS_PER_MAILBOX_A_DAY = 3;

export const MAX_LENGTHS = { email: 254, name: 100, phone: 40, message: 2_000 } as const;

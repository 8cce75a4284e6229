import type { Ctx } from '../../../core/context.ts';

/**
 * The place for a captcha in front of reports: throw here unless `answer`, which the frontend sends, is right. No
 * installation has one yet, so every report passes.
 */
export async function requireCaptcha(_ctx: Ctx, _answer: string | undefined): Promise<void> {}

import { createValidationError } from '../core/errors.ts';
import { middleware } from './init.ts';

const MESSAGE = 'Solve the captcha, and send its answer in the header Captcha-Token';

/** For what robots would do in bulk; passes if no captcha service is set. */
export const checkCaptcha = middleware(async ({ ctx, next }) => {
  if (await ctx.checkCaptcha(ctx.captchaToken)) return next();
  throw createValidationError({ path: 'Captcha-Token', message: MESSAGE, code: 'captcha_refused' });
});

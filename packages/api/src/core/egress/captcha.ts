import { z } from 'zod';
import type { Logger } from '../observability/logger.ts';
import type { Metrics } from '../observability/metrics.ts';

const DEADLINE_MS = 3_000;
const MAX_TOKEN_LENGTH = 8_192;

export type CaptchaSettings = { url: string; secret: string } | undefined;
/** False if the token is missing or refused. True also if the service does not answer, so that its outage is not ours. */
export type CaptchaCheck = (token: string | undefined) => Promise<boolean>;

const verdict = z.object({ success: z.boolean(), 'error-codes': z.array(z.string()).optional() });

/** The protocol that Turnstile, hCaptcha and reCAPTCHA share. */
export function createCaptchaCheck(
  settings: CaptchaSettings,
  { logger, metrics }: { logger: Logger; metrics: Metrics },
): CaptchaCheck {
  if (!settings) return async () => true;
  const count = (outcome: 'passed' | 'refused' | 'unavailable'): boolean => {
    metrics.captchaChecks.inc({ outcome });
    return outcome !== 'refused';
  };
  const ask = async (token: string): Promise<z.infer<typeof verdict>> => {
    const response = await fetch(settings.url, {
      method: 'POST',
      body: new URLSearchParams({ secret: settings.secret, response: token }),
      redirect: 'error',
      signal: AbortSignal.timeout(DEADLINE_MS),
    });
    return verdict.parse(await response.json());
  };
  return async (token) => {
    if (token === undefined || token === '' || token.length > MAX_TOKEN_LENGTH) return count('refused');
    try {
      const { success, 'error-codes': codes = [] } = await ask(token);
      // A wrong secret is refused too: a mistake in our settings must not open the door.
      if (codes.some((code) => code.includes('secret'))) logger.error({ codes }, 'CAPTCHA_SECRET is refused');
      return count(success ? 'passed' : 'refused');
    } catch (error) {
      logger.warn({ err: error }, 'the captcha service did not answer');
      return count('unavailable');
    }
  };
}

import { z } from 'zod';
import type { CaptchaSettings } from '../egress/captcha.ts';
import { baseUrl, flag, hostName, isOn, sharedSecret } from './values.ts';

/** Factors, passkeys, and the services that are asked at registration. */
export const buildSignInVariables = () => ({
  ADMIN_REQUIRE_MFA: flag.optional(),
  USER_REQUIRE_MFA: flag.default('false'),
  NEW_DEVICE_MAIL: flag.default('true'),
  WEBAUTHN_RP_ID: hostName.optional(),
  PWNED_PASSWORDS_URL: baseUrl.optional(),
  CAPTCHA_URL: baseUrl.optional(),
  CAPTCHA_SECRET: sharedSecret.optional(),
});
const shape = z.object(buildSignInVariables());
type SignInVariables = z.infer<typeof shape>;

/** Browsers use passkeys only on the domain that they were made for and below it. */
function listForeignDomain({ WEBAUTHN_RP_ID: domain }: SignInVariables, appUrl: string): string[] {
  const host = new URL(appUrl).hostname;
  return domain === undefined || host === domain || host.endsWith(`.${domain}`)
    ? []
    : ['WEBAUTHN_RP_ID must be the host of APP_URL or a domain above it'];
}

function listHalfCaptcha({ CAPTCHA_URL: url, CAPTCHA_SECRET: secret }: SignInVariables): string[] {
  if ((url === undefined) === (secret === undefined)) return [];
  return [
    url === undefined
      ? 'CAPTCHA_URL is required with CAPTCHA_SECRET'
      : 'CAPTCHA_SECRET is required with CAPTCHA_URL',
  ];
}

export const listWrongSignIn = (vars: SignInVariables, appUrl: string): string[] => [
  ...listForeignDomain(vars, appUrl),
  ...listHalfCaptcha(vars),
];

export function toSignInConfig(
  vars: SignInVariables,
  { production, appUrl }: { production: boolean; appUrl: string },
) {
  const { CAPTCHA_URL: url, CAPTCHA_SECRET: secret } = vars;
  const captcha: CaptchaSettings = url !== undefined && secret !== undefined ? { url, secret } : undefined;
  return {
    breachesUrl: vars.PWNED_PASSWORDS_URL,
    captcha,
    webauthnRpId: vars.WEBAUTHN_RP_ID ?? new URL(appUrl).hostname,
    sendsNewDeviceMail: isOn(vars.NEW_DEVICE_MAIL),
    adminRequiresMfa: vars.ADMIN_REQUIRE_MFA ? isOn(vars.ADMIN_REQUIRE_MFA) : production,
    userRequiresMfa: isOn(vars.USER_REQUIRE_MFA),
  };
}

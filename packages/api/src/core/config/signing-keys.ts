import { createPrivateKey, createPublicKey } from 'node:crypto';
import { z } from 'zod';
import { tryParseJson } from '../text/json.ts';

const privateJwk = z.object({
  kty: z.literal('OKP'),
  crv: z.literal('Ed25519'),
  x: z.base64url().length(43),
  d: z.base64url().length(43),
  kid: z.string().min(1).max(64).optional(),
});
export type PrivateJwk = z.infer<typeof privateJwk>;

/** Public halves of keys whose private halves are printed in RFC 8037, A.1 and RFC 8032, 7.1. */
const EXAMPLE_KEYS = new Set([
  '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
  'PUAXw-hDiVqStwqnTRt-vJyYLM8uxJaMwM1V8Sr0Zgw',
  '_FHNjmIYoaONpH7QAjDwWAgW7RO6MwOsXeuRFUiQgCU',
]);

export const isExampleKey = ({ x }: PrivateJwk): boolean => EXAMPLE_KEYS.has(x);

function isMatchingPair({ kty, crv, x, d }: PrivateJwk): boolean {
  try {
    const privateKey = createPrivateKey({ key: { kty, crv, x, d }, format: 'jwk' });
    return createPublicKey(privateKey).export({ format: 'jwk' }).x === x;
  } catch {
    return false;
  }
}

/** Otherwise a token would match more than one. */
const areDistinct = (keys: PrivateJwk[]): boolean =>
  [keys.map(({ x }) => x), keys.flatMap(({ kid }) => kid ?? [])].every(
    (names) => new Set(names).size === names.length,
  );

export const signingKeys = z.string().transform((text, ctx): PrivateJwk[] => {
  const parsed = z.array(privateJwk).min(1).safeParse(tryParseJson(text));
  if (parsed.success && parsed.data.every(isMatchingPair) && areDistinct(parsed.data)) return parsed.data;
  ctx.addIssue({ code: 'custom', message: 'must be a JSON array of different private Ed25519 JWKs' });
  return z.NEVER;
});

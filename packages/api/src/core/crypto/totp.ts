import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/** The length of an HMAC-SHA-1 key that RFC 4226 recommends. */
const SECRET_BYTES = 20;
const DIGITS = 6;
const STEP_SECONDS = 30;
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** In Base32 (RFC 4648) without padding, as authenticator apps expect it. */
export function encodeBase32(bytes: Uint8Array): string {
  const bits = Array.from(bytes, (byte) => byte.toString(2).padStart(8, '0')).join('');
  const groups = bits.match(/.{1,5}/g) ?? [];
  return groups.map((group) => BASE32[Number.parseInt(group.padEnd(5, '0'), 2)]).join('');
}

export function decodeBase32(text: string): Buffer {
  const bits = Array.from(text, (letter) => BASE32.indexOf(letter).toString(2).padStart(5, '0')).join('');
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
}

export const generateTotpSecret = (): string => encodeBase32(randomBytes(SECRET_BYTES));

export const getTotpStep = (ms: number): number => Math.floor(ms / 1_000 / STEP_SECONDS);

/** RFC 6238 with SHA-1, the only algorithm that all authenticator apps have. */
export function computeTotp(secret: string, step: number, digits = DIGITS): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const mac = createHmac('sha1', decodeBase32(secret)).update(counter).digest();
  const offset = (mac.at(-1) ?? 0) & 0xf;
  const number = mac.readUInt32BE(offset) & 0x7fff_ffff;
  return String(number % 10 ** digits).padStart(digits, '0');
}

/** Returns the step whose code it is: the current one, or one before or after it, as clocks differ. */
export function findTotpStep(secret: string, code: string, ms: number): number | undefined {
  const step = getTotpStep(ms);
  const given = Buffer.from(code);
  return [step - 1, step, step + 1].find((one) => {
    const right = Buffer.from(computeTotp(secret, one));
    return given.length === right.length && timingSafeEqual(given, right);
  });
}

/** For the QR code of authenticator apps (Key URI Format). */
export function buildTotpUrl(
  secret: string,
  { issuer, account }: { issuer: string; account: string },
): string {
  const label = `${encodeURIComponent(issuer)}:${encodeURIComponent(account)}`;
  const settings = `algorithm=SHA1&digits=${DIGITS}&period=${STEP_SECONDS}`;
  return `otpauth://totp/${label}?secret=${secret}&issuer=${encodeURIComponent(issuer)}&${settings}`;
}

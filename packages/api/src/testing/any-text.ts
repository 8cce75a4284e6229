import fc from 'fast-check';

const codePoint = fc.oneof(fc.nat(0x7f), fc.nat(0x2fff), fc.nat(0xffff), fc.nat(0x10_ffff));

/** Any text, lone surrogates included. `fc.string({ unit: 'binary' })` does the same but takes a second to set up. */
export const anyText = (maxLength = 30): fc.Arbitrary<string> =>
  fc.array(codePoint, { maxLength }).map((points) => String.fromCodePoint(...points));

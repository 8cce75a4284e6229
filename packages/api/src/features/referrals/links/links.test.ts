import fc from 'fast-check';
import { expect, it } from 'vitest';
import { readLandingUrl } from './policy.ts';

const ORIGINS = new Set(['https://app.example.com', 'http://localhost:3000']);

it('a landing address is one of an allowed origin, or none, whatever the text', () => {
  const part = fc.oneof(
    fc.constantFrom(...ORIGINS, 'https:', '//', '\\', '@', 'evil.example', '/', '?', '#', 'blob:', ' '),
    fc.string({ unit: 'binary', maxLength: 5 }),
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 6 }), (parts) => {
      const url = readLandingUrl(parts.join(''), ORIGINS);
      if (url === undefined) return;
      const { origin, username, password } = new URL(url);
      expect([ORIGINS.has(origin), username, password]).toEqual([true, '', '']);
      expect([...ORIGINS].some((allowed) => url.startsWith(`${allowed}/`))).toBe(true);
    }),
  );
});

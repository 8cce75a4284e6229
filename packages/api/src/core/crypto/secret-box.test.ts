import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createSecretBox } from './secret-box.ts';

const [old, current] = [randomBytes(32), randomBytes(32)];
const box = createSecretBox(current, old);

it('a secret is opened with its kind and owner only, and never twice the same', () => {
  fc.assert(
    fc.property(fc.string(), (secret) => {
      const sealed = box.seal('totpSecret', 'ada', secret);
      expect(box.open('totpSecret', 'ada', sealed)).toBe(secret);
      expect(box.seal('totpSecret', 'ada', secret)).not.toEqual(sealed);
      expect(() => box.open('webhookSecret', 'ada', sealed)).toThrow('No pepper');
      expect(() => box.open('totpSecret', 'eve', sealed)).toThrow('No pepper');
    }),
  );
});

it('the first pepper seals, and older ones still open', () => {
  const sealed = createSecretBox(old).seal('totpSecret', 'ada', 'secret');
  expect(box.open('totpSecret', 'ada', sealed)).toBe('secret');
  expect(() => createSecretBox(old).open('totpSecret', 'ada', box.seal('totpSecret', 'ada', 'new'))).toThrow(
    'No pepper',
  );
});

import { generateSigningKey } from '../core/crypto/jwt.ts';

// With several instances, deploy `[old, new]` first, so that none meets a key it does not know.
const current = process.env['JWT_PRIVATE_KEYS'];
const keys: unknown[] = current ? JSON.parse(current) : [];
console.log(JSON.stringify([await generateSigningKey(), ...keys]));
console.error(
  keys.length === 0
    ? 'Set JWT_PRIVATE_KEYS to the line above'
    : `Deploy in this order, waiting each time until all servers have it: 1. the keys with the new one last, so that it
verifies; 2. the line above, in which the new one is first and signs; 3. after 15 minutes, without the old ones.`,
);

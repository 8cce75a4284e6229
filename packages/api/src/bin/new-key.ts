import { generateSigningKey } from '../core/crypto/jwt.ts';

// Prints a value for JWT_PRIVATE_KEYS: a new key that signs from now on, before those there are, which go on
// to verify. On several instances give them `[old, new]` first, so that none meets a key it does not know.
const current = process.env['JWT_PRIVATE_KEYS'];
console.log(
  JSON.stringify([await generateSigningKey(), ...(current ? (JSON.parse(current) as unknown[]) : [])]),
);

import { generateSigningKey } from '../core/crypto/jwt.ts';

// With several instances, deploy `[old, new]` first, so that none meets a key it does not know.
const current = process.env['JWT_PRIVATE_KEYS'];
const keys: unknown[] = current ? JSON.parse(current) : [];
console.log(JSON.stringify([await generateSigningKey(), ...keys]));

import { z } from 'zod';
import { enteredPassword } from '../../users/schema.ts';
import { factorCode } from '../second-factor/schema.ts';

/** A new kind of proof is one more member, and its check one more line of `PROOFS` in the service. */
export const proofShape = { password: enteredPassword.optional(), code: factorCode.optional() };

export const reauthenticateInput = z.strictObject(proofShape).meta({ id: 'ReauthenticateInput' });
export type Proofs = z.infer<typeof reauthenticateInput>;

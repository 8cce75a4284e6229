import { singleLineSchema } from '../../../core/text/validation.ts';

/** Compared exactly, except for blanks around it. */
export const externalId = singleLineSchema(1, 255);

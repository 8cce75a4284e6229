import type { Ctx } from '../core/context.ts';
import type { MemberError } from '../core/errors.ts';
import { createInvalidInputError, toAppError } from './errors.ts';
import { middleware } from './init.ts';

type FindErrors = (ctx: Ctx, rawInput: unknown) => Promise<MemberError[]>;

/** Goes before `.input()`: if the schema refuses an input, adds what the service would refuse as well. */
export const listMoreErrors = (findErrors: FindErrors) =>
  middleware(async ({ ctx, getRawInput, next }) => {
    const result = await next();
    if (result.ok || result.error.code !== 'BAD_REQUEST') return result;
    const { errors } = toAppError(result.error);
    if (errors === undefined) return result;
    const listed = new Set(errors.map(({ path }) => path));
    const more = await findErrors(ctx, await getRawInput());
    throw createInvalidInputError([...errors, ...more.filter(({ path }) => !listed.has(path))]);
  });

import type { Ctx } from '@linkgrove/api';

/** Stands in for the hashing of passwords, which would hide all other costs. */
export const withoutHashing: Ctx['passwords'] = {
  hash: async () => '$2b$12$ufLQNbpRC4c5fYD7vWuE7.1wt0Yw1TzCtu3Jl3VJMChxGLpzFzYhe',
  verify: async () => false,
  needsRehash: () => false,
};

import type { Ctx } from '@linkgrove/api';

/** Replaces password hashing, which would hide all other costs. */
export const fakePasswords: Ctx['passwords'] = {
  hash: async () => '$2b$12$ufLQNbpRC4c5fYD7vWuE7.1wt0Yw1TzCtu3Jl3VJMChxGLpzFzYhe',
  verify: async () => false,
  needsRehash: () => false,
  usage: () => ({ running: 0, waiting: 0 }),
};

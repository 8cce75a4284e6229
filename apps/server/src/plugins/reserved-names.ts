import { isUnreservedName } from '@linkgrove/api';
import fp from 'fastify-plugin';

/** Stops the start where a path of ours begins with what someone could have as a name. */
export const reservedNamesPlugin = fp(async (server) => {
  server.addHook('onRoute', ({ url }) => {
    const first = url.split('/', 2)[1] ?? '';
    if (isUnreservedName(first)) throw new Error(`"${first}" is a path of the server and must be reserved`);
  });
});

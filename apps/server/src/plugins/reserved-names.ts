import { isUnreservedName } from '@linkgrove/api';
import fp from 'fastify-plugin';

/** Throws at start if the first segment of a route is a name that a user could take. */
export const reservedNamesPlugin = fp(async (server) => {
  server.addHook('onRoute', ({ url }) => {
    const first = url.split('/', 2)[1] ?? '';
    if (isUnreservedName(first)) throw new Error(`"${first}" is a path of the server and must be reserved`);
  });
});

import { afterAll, beforeAll, beforeEach } from 'vitest';
import { signUpAdmin, signUpVerified } from './database.ts';
import type { SignedUp } from './people.ts';
import { createReferralKit } from './referrals.ts';
import { startTestServer, type TestServer, type TestServerOptions } from './server.ts';

/** An empty object that `hook` fills with what `create` returns, for the tests of a file and its later hooks. */
export function useObject<T extends object>(
  create: () => Promise<T>,
  hook: (fill: () => Promise<void>) => void = beforeAll,
): T {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- filled before anything can use it
  const object = {} as T;
  hook(async () => void Object.assign(object, await create()));
  return object;
}

/** A server for all tests of a file. */
export function useTestServer(options?: TestServerOptions): TestServer {
  const server = useObject(() => startTestServer(options));
  afterAll(() => server.close());
  return server;
}

/** A person for all tests of a file. */
export const usePerson = (server: TestServer): SignedUp => useObject(() => server.signUp());

/** An administrator for all tests of a file. */
export const useAdmin = (server: TestServer): SignedUp => useObject(() => signUpAdmin(server));

/** Another person with a verified address in each test. */
export const useVerifiedPerson = (server: TestServer): SignedUp =>
  useObject(() => signUpVerified(server), beforeEach);

/** A server, its referral kit and an administrator for all tests of a file. */
export function useReferralKit(options?: TestServerOptions) {
  const server = useTestServer(options);
  return { server, kit: createReferralKit(server), admin: useAdmin(server) };
}

import { afterAll, beforeAll, beforeEach } from 'vitest';
import { signUpVerified } from './database.ts';
import type { SignedUp } from './people.ts';
import { startTestServer, type TestServer, type TestServerOptions } from './server.ts';

/** A server for all tests of a file; usable in its hooks and tests. */
export function useTestServer(options?: TestServerOptions): TestServer {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- filled before anything can use it
  const server = {} as TestServer;
  beforeAll(async () => void Object.assign(server, await startTestServer(options)));
  afterAll(() => server.close());
  return server;
}

/** A person for all tests of a file. */
export function usePerson(server: TestServer): SignedUp {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- filled before anything can use it
  const person = {} as SignedUp;
  beforeAll(async () => void Object.assign(person, await server.signUp()));
  return person;
}

/** Another person with a verified address in each test. */
export function useVerifiedPerson(server: TestServer): SignedUp {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- filled before anything can use it
  const person = {} as SignedUp;
  beforeEach(async () => void Object.assign(person, await signUpVerified(server)));
  return person;
}

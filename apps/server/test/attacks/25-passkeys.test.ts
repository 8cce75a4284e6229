import { expect, it } from 'vitest';
import {
  type Authenticator,
  createAuthenticator,
  PASSWORD,
  type SignedUp,
  useTestServer,
} from '../kit/index.ts';

const server = useTestServer();

async function addPasskey(person: SignedUp, authenticator: Authenticator) {
  const { body } = await server.as(person, 'POST', '/api/passkeys/registration/options');
  return server.as(person, 'POST', '/api/passkeys/registration/verify', authenticator.create(body));
}
async function signIn(authenticator: Authenticator, userHandle?: string) {
  const { body } = await server.post('/api/passkeys/authentication/options');
  return server.post('/api/passkeys/authentication/verify', authenticator.get(body, userHandle));
}
const REFUSED = { status: 401, body: { code: 'INVALID_CREDENTIALS' }, cookies: {} };

it('A13.25 a passkey answers for our domain, to our origins and after it verified its user, or not at all', async () => {
  const [ada, eve] = [await server.signUp(), await server.signUp()];
  const authenticator = createAuthenticator();
  await addPasskey(ada, authenticator);
  for (const lie of [
    { origin: 'https://linkgrove.example' },
    { origin: 'http://localhost:3000.evil.example' },
    { origin: 'http://localhost:4000' },
    { rpId: 'evil.example' },
    { verified: false },
  ]) {
    authenticator.claim(lie);
    expect(await signIn(authenticator)).toMatchObject(REFUSED);
    const hostile = createAuthenticator(lie);
    expect(await addPasskey(eve, hostile)).toMatchObject({
      status: 400,
      body: { code: 'VALIDATION_FAILED' },
    });
    authenticator.claim({ origin: 'http://localhost:3000', rpId: 'localhost', verified: true });
  }
  expect((await signIn(authenticator)).status).toBe(200);
});

it('A13.25 a passkey signs in its own user only, and a forged one nobody', async () => {
  const [ada, eve] = [await server.signUp(), await server.signUp()];
  const authenticator = createAuthenticator();
  await addPasskey(ada, authenticator);
  const handleOf = ({ user }: SignedUp) =>
    Buffer.from(user.id.replaceAll('-', ''), 'hex').toString('base64url');
  expect(await signIn(authenticator, handleOf(eve))).toMatchObject(REFUSED);
  expect((await signIn(authenticator, handleOf(ada))).body.user.id).toBe(ada.user.id);
  const { body } = await server.post('/api/passkeys/authentication/options');
  const answer = authenticator.get(body);
  const forged = {
    ...answer,
    response: { ...answer.response, signature: createAuthenticator().get(body).response.signature },
  };
  expect(await server.post('/api/passkeys/authentication/verify', forged)).toMatchObject(REFUSED);
});

it('A13.25 securo #534: the counter of a synced passkey never refuses it, that of a single device does', async () => {
  const ada = await server.signUp();
  const [phone, key] = [
    createAuthenticator({ counter: 7 }),
    createAuthenticator({ counter: 7, synced: false }),
  ];
  await addPasskey(ada, phone);
  await addPasskey(ada, key);
  for (const counter of [9, 0, 5, 5]) {
    phone.claim({ counter });
    expect((await signIn(phone)).status).toBe(200);
  }
  key.claim({ counter: 8 });
  expect((await signIn(key)).status).toBe(200);
  key.claim({ counter: 8 });
  expect(await signIn(key)).toMatchObject(REFUSED);
});

it('A13.25 authgear #2342, django-daiquiri #297: a lost passkey keeps nobody from the password or from removing it', async () => {
  const ada = await server.signUp();
  const { body } = await addPasskey(ada, createAuthenticator());
  const again = await server.login(ada.username, PASSWORD);
  expect(again.status).toBe(200);
  const token = { token: again.body.accessToken as string };
  expect((await server.as(token, 'DELETE', `/api/passkeys/${body.id}`)).status).toBe(204);
});

import { expect, it } from 'vitest';
import { newPerson, PASSWORD, useTestServer } from '../kit/index.ts';

const server = useTestServer({ worker: true });

const BAIT = 'free-iphone.win-now.com';
/** A host name or an address that mail clients turn into a link. */
const LINKABLE = /[a-z0-9-]+\.[a-z]{2,}/i;

const partsOf = ({ subject, text, html }: { subject: string; text: string; html: string }) => [
  subject,
  text.replace(/https?:\/\/\S+/g, ''),
  html.replace(/<[^>]*>/g, ' ').replace(/https?:\/\/\S+/g, ''),
];

it('A13.6 a change of address sends the new address no name that a user chose', async () => {
  const eve = await server.signUp({ username: BAIT });
  const victim = newPerson().email;
  await server.as(eve, 'POST', '/api/me/email', { email: victim, password: PASSWORD });
  const mail = await server.mailbox.waitFor(victim, 'Verify');
  for (const part of partsOf(mail)) expect(part).not.toMatch(/win-now|Hello \w/);
});

it('A13.6 a sign-up, its resend and a reset send an unproven address no name that a user chose', async () => {
  const eve = await server.signUp({ username: 'call.1-800-555-0199.now' });
  await server.as(eve, 'POST', '/api/resend-verification', {});
  await server.post('/api/forgot-password', { email: eve.email });
  for (const subject of ['Verify', 'Reset']) {
    const mail = await server.mailbox.waitFor(eve.email, subject);
    for (const part of partsOf(mail)) expect(part).not.toMatch(/555|Hello \w/);
  }
});

it('A13.6 a name that looks like a domain is no link in mail to its own owner', async () => {
  const eve = await server.signUp({ username: 'claim.your-prize.com' });
  await server.post('/api/verify-email', { token: await server.readMailedToken(eve.email, 'Verify') });
  await server.as(eve, 'POST', '/api/me/password', {
    currentPassword: PASSWORD,
    newPassword: 'another-horse-battery',
  });
  const mail = await server.mailbox.waitFor(eve.email, 'password was changed');
  for (const part of partsOf(mail)) expect(part).not.toMatch(LINKABLE);
  expect(mail.text).toContain('claim.\u200byour-prize.\u200bcom');
});

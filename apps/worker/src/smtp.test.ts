import { startMailbox, testConfig } from '@linkgrove/api/testing';
import { expect, it } from 'vitest';
import { createMailer } from './smtp.ts';

const mail = {
  messageId: 'a',
  to: 'ada@example.com',
  subject: 'Hello',
  text: 'Hello',
  html: '<p>Hello</p>',
};

/** Sends a mail to a server without TLS; returns the error. */
async function sendTo(url: string): Promise<unknown> {
  const mailer = createMailer(testConfig({ SMTP_URL: url }), 1);
  const error = await mailer.send(mail, AbortSignal.timeout(10_000)).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  mailer.close();
  return error;
}

it('A13.14 mail goes to another machine only over TLS, unless the URL says requireTLS=false', async () => {
  const mailbox = await startMailbox();
  // An address of this machine that is not known to be one.
  const elsewhere = mailbox.url.replace(/(localhost|127\.0\.0\.1)/, '0.0.0.0');
  expect(elsewhere).not.toBe(mailbox.url);
  expect(String(await sendTo(elsewhere))).toMatch(/STARTTLS/);
  expect(String(await sendTo(`${elsewhere}?ignoreTLS=true`))).toMatch(/STARTTLS/);
  expect(mailbox.received).toHaveLength(0);
  expect(await sendTo(`${elsewhere}?requireTLS=false`)).toBeUndefined();
  expect(await sendTo(mailbox.url)).toBeUndefined();
  expect(mailbox.received).toHaveLength(2);
  await mailbox.close();
});

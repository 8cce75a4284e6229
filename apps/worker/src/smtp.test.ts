import { Readable } from 'node:stream';
import { startMailbox, testConfig } from '@linkgrove/api/testing';
import { expect, it } from 'vitest';
import { createMailer, isMailServerFault } from './smtp.ts';

/** Any handler of smtp-server: its last argument is the callback, and a message must be read first. */
const refuse =
  (responseCode: number) =>
  (...args: unknown[]): void => {
    const [first, done] = [args[0], args.at(-1)];
    const answer = () => {
      if (typeof done === 'function') done(Object.assign(new Error('No'), { responseCode }));
    };
    if (first instanceof Readable) first.on('end', answer).resume();
    else answer();
  };

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

it.each([
  ['the sign-in', { onAuth: refuse(535), authOptional: false, allowInsecureAuth: true }, 'MailServerError'],
  ['the connection', { onConnect: refuse(554) }, 'MailServerError'],
  ['the sender', { onMailFrom: refuse(550) }, 'MailServerError'],
  ['the recipient', { onRcptTo: refuse(550) }, 'PermanentMailError'],
  ['the recipient for want of a sign-in', { onRcptTo: refuse(530) }, 'MailServerError'],
  ['the recipient for now', { onRcptTo: refuse(450) }, 'Error'],
  ['the message', { onData: refuse(554) }, 'PermanentMailError'],
])('FT48: a mail server that refuses %s is told apart', async (_, options, name) => {
  const mailbox = await startMailbox(options);
  const hasSignIn = 'onAuth' in options;
  const error = await sendTo(hasSignIn ? mailbox.url.replace('//', '//us:secret@') : mailbox.url);
  expect(error).toMatchObject({ name });
  expect(error instanceof Error && isMailServerFault(error.message)).toBe(name === 'MailServerError');
  await mailbox.close();
});

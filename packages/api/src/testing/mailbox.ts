import type { AddressInfo } from 'node:net';
import { type ParsedMail, simpleParser } from 'mailparser';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';

export type ReceivedMail = {
  to: string;
  recipients: string[];
  subject: string;
  text: string;
  html: string;
  messageId: string;
  requestId: unknown;
};

export type Mailbox = {
  url: string;
  received: ReceivedMail[];
  /** Waits for mail to `to` whose subject contains `subject`, and returns the newest. */
  waitFor: (to: string, subject: string) => Promise<ReceivedMail>;
  close: () => Promise<void>;
};

const toMail = (parsed: ParsedMail, recipients: string[]): ReceivedMail => ({
  to: recipients[0] ?? '',
  recipients,
  subject: parsed.subject ?? '',
  text: parsed.text ?? '',
  html: parsed.html || '',
  messageId: parsed.messageId ?? '',
  requestId: parsed.headers.get('x-request-id'),
});

/** Starts a real SMTP server that keeps its mail. `options` can make it reject some. */
export async function startMailbox(options: SMTPServerOptions = {}): Promise<Mailbox> {
  const received: ReceivedMail[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData: (stream, session, done) => {
      const recipients = session.envelope.rcptTo.map((recipient) => recipient.address);
      simpleParser(stream, {}, (error, parsed) => {
        if (!error) received.push(toMail(parsed, recipients));
        done(error);
      });
    },
    ...options,
  });
  server.on('error', () => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.server.address() as AddressInfo;
  const find = (to: string, subject: string) =>
    received.findLast((mail) => mail.to.toLowerCase() === to.toLowerCase() && mail.subject.includes(subject));
  return {
    url: `smtp://127.0.0.1:${port}`,
    received,
    waitFor: async (to, subject) => {
      const deadline = Date.now() + 30_000;
      for (;;) {
        const mail = find(to, subject);
        if (mail) return mail;
        if (Date.now() > deadline) throw new Error(`No mail "${subject}" to ${to}`);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
    close: () => new Promise<void>((resolve) => server.close(resolve)),
  };
}

/** Returns the token in the link of a mail. */
export const tokenIn = (mail: ReceivedMail): string => {
  const token = /[?&]token=([\w-]+)/.exec(mail.text)?.[1];
  if (!token) throw new Error('The mail has no token');
  return token;
};

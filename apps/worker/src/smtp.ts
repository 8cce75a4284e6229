import { captureMail, type Config } from '@linkgrove/api';
import type { OutgoingMail } from '@linkgrove/api/jobs';
import nodemailer from 'nodemailer';

/** Sends one mail, or throws; gives up when the signal says so. */
type Send = (mail: OutgoingMail, signal: AbortSignal) => Promise<void>;

/** A refusal that no retry will change (SMTP 5xx): the address does not exist, the message is unwanted. */
export class PermanentMailError extends Error {
  override name = 'PermanentMailError';
}

const isPermanent = (error: unknown) => ((error as { responseCode?: number }).responseCode ?? 0) >= 500;

/** Sends by SMTP. Throws `PermanentMailError` where a retry is of no use, else what went wrong. */
function smtpMailer(url: string, from: string, connections: number): { send: Send; close: () => void } {
  const transport = nodemailer.createTransport({
    url,
    pool: true,
    maxConnections: connections,
    connectionTimeout: 10_000,
    greetingTimeout: 10_000,
    socketTimeout: 20_000,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const domain = from.split('@').at(-1)?.replace('>', '') ?? 'localhost';
  return {
    send: async ({ messageId, to, subject, text, html }, signal) => {
      try {
        await transport.sendMail({
          from,
          // As an object, so that nothing in it can be read as a second recipient.
          to: { name: '', address: to },
          subject,
          text,
          html,
          messageId: `<${messageId}@${domain}>`,
          headers: { 'Auto-Submitted': 'auto-generated' },
          signal,
        });
      } catch (error) {
        throw isPermanent(error) ? new PermanentMailError((error as Error).message, { cause: error }) : error;
      }
    },
    close: () => transport.close(),
  };
}

/** Sends by SMTP where `SMTP_URL` is set; in development without it, mail is kept under `DATA_DIR`. */
export function createMailer(config: Config, connections: number): { send: Send; close: () => void } {
  if (config.smtpUrl) return smtpMailer(config.smtpUrl, config.mailFrom, connections);
  return {
    send: ({ messageId, ...mail }) =>
      captureMail(config.dataDir, { id: messageId, ...mail, sentAt: new Date().toISOString() }),
    close: () => {},
  };
}

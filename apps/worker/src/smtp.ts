import { captureMail, type Config, isLoopbackHost, type OutgoingMail } from '@linkgrove/api/jobs';
import type { createTransport } from 'nodemailer';

type Send = (mail: OutgoingMail, signal: AbortSignal) => Promise<void>;

/** SMTP 5xx: no such mailbox, or rejected content. */
export class PermanentMailError extends Error {
  override name = 'PermanentMailError';
}

const isPermanentRejection = (error: unknown): error is Error =>
  error instanceof Error &&
  'responseCode' in error &&
  typeof error.responseCode === 'number' &&
  error.responseCode >= 500;

/** Parameters of the URL take precedence over this default. */
const mustUseStartTls = (url: string): boolean => {
  const { protocol, hostname } = new URL(url);
  return protocol === 'smtp:' && !isLoopbackHost(hostname);
};

function createSmtpMailer(url: string, from: string, connections: number): { send: Send; close: () => void } {
  const options = {
    url,
    requireTLS: mustUseStartTls(url),
    pool: true,
    maxConnections: connections,
    connectionTimeout: 10_000,
    greetingTimeout: 10_000,
    socketTimeout: 20_000,
    disableFileAccess: true,
    disableUrlAccess: true,
  } as const;
  let opened: ReturnType<typeof createTransport> | undefined;
  const domain = from.split('@').at(-1)?.replace('>', '') ?? 'localhost';
  return {
    send: async ({ messageId, to, subject, text, html }, signal) => {
      // Loaded by the first mail: it takes as much memory as all of our own code.
      const nodemailer = await import('nodemailer');
      opened ??= nodemailer.createTransport(options);
      try {
        await opened.sendMail({
          from,
          // An object, because nodemailer would split a string at commas into several recipients.
          to: { name: '', address: to },
          subject,
          text,
          html,
          messageId: `<${messageId}@${domain}>`,
          headers: { 'Auto-Submitted': 'auto-generated' },
          signal,
        });
      } catch (error) {
        throw isPermanentRejection(error) ? new PermanentMailError(error.message, { cause: error }) : error;
      }
    },
    close: () => opened?.close(),
  };
}

export function createMailer(config: Config, connections: number): { send: Send; close: () => void } {
  if (config.smtpUrl) return createSmtpMailer(config.smtpUrl, config.mailFrom, connections);
  return {
    send: ({ messageId, ...mail }) =>
      captureMail(config.dataDir, { id: messageId, ...mail, sentAt: new Date().toISOString() }),
    close: () => {},
  };
}

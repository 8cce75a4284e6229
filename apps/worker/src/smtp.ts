import {
  captureMail,
  type Config,
  isLoopbackHost,
  type OriginCtx,
  type OutgoingMail,
} from '@linkgrove/api/jobs';
import type { createTransport } from 'nodemailer';

type Send = (mail: OutgoingMail & OriginCtx, signal: AbortSignal) => Promise<void>;

/** 5xx to the recipient or to the data: no such mailbox, or rejected content. */
export class PermanentMailError extends Error {
  override name = 'PermanentMailError';
}

const SERVER_FAULT = 'The mail server cannot be used: ';

/** No mail gets through at present: no connection, TLS or sign-in, or a sender that is refused. */
export class MailServerError extends Error {
  override name = 'MailServerError';

  constructor(cause: Error) {
    super(SERVER_FAULT + cause.message, { cause });
  }
}

/** Recognises the fault by the message that the queue keeps. */
export const isMailServerFault = (reason: string): boolean => reason.startsWith(SERVER_FAULT);

const CONNECTION_CODES = new Set([
  'ECONNECTION',
  'ETIMEDOUT',
  'ESOCKET',
  'EDNS',
  'ETLS',
  'EREQUIRETLS',
  'EPROTOCOL',
  'EAUTH',
  'ENOAUTH',
  'EOAUTH2',
]);
/** They ask for a sign-in or refuse it, whatever command they answer (RFC 4954). */
const SIGN_IN_REPLIES = new Set([530, 534, 535, 538]);
const COMMANDS_ABOUT_THE_MAIL = new Set(['RCPT TO', 'DATA']);

/** Translates nodemailer's errors. */
function toMailError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  const command = 'command' in error && typeof error.command === 'string' ? error.command : '';
  const responseCode =
    'responseCode' in error && typeof error.responseCode === 'number' ? error.responseCode : undefined;
  if (code !== undefined && CONNECTION_CODES.has(code)) return new MailServerError(error);
  if (responseCode === undefined) return error;
  const isAboutTheMail = COMMANDS_ABOUT_THE_MAIL.has(command) && !SIGN_IN_REPLIES.has(responseCode);
  if (!isAboutTheMail) return new MailServerError(error);
  return responseCode >= 500 ? new PermanentMailError(error.message, { cause: error }) : error;
}

/** For metrics. */
export function judgeMailError(error: unknown): 'refused' | 'unavailable' | 'deferred' {
  if (error instanceof PermanentMailError) return 'refused';
  return error instanceof MailServerError ? 'unavailable' : 'deferred';
}

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
    send: async ({ messageId, requestId, to, subject, text, html }, signal) => {
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
          headers: { 'Auto-Submitted': 'auto-generated', ...(requestId && { 'X-Request-Id': requestId }) },
          signal,
        });
      } catch (error) {
        throw toMailError(error);
      }
    },
    close: () => opened?.close(),
  };
}

export function createMailer(config: Config, connections: number): { send: Send; close: () => void } {
  if (config.smtpUrl) return createSmtpMailer(config.smtpUrl, config.mailFrom, connections);
  return {
    send: ({ messageId, requestId: _requestId, ...mail }) =>
      captureMail(config.dataDir, { id: messageId, ...mail, sentAt: new Date().toISOString() }),
    close: () => {},
  };
}

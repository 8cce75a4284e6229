import { AppError, type CapturedMail, isLoopbackHostHeader, listCapturedMail } from '@linkgrove/api';
import type { FastifyPluginAsync } from 'fastify';
import { type Html, html, PAGE_HEADERS, PAGE_POLICY, renderHtmlPage } from '../html.ts';

const READER_HEADERS = { ...PAGE_HEADERS, 'content-security-policy': `${PAGE_POLICY}; frame-src 'self'` };

// As in a mail client: no scripts, inline styles only.
const MAIL_HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy':
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; base-uri 'none'; " +
    'sandbox allow-top-navigation-by-user-activation',
  'x-frame-options': 'SAMEORIGIN',
};

const DATE_FORMAT = new Intl.DateTimeFormat('en-GB', {
  dateStyle: 'medium',
  timeStyle: 'medium',
  timeZone: 'UTC',
});
const renderTime = (sentAt: string) =>
  html`<time datetime="${sentAt}">${DATE_FORMAT.format(new Date(sentAt))} UTC</time>`;

const renderRow = ({ id, subject, to, sentAt }: CapturedMail) =>
  html` <li>
    <a href="/dev/mail/${encodeURIComponent(id)}">
      <div><strong>${subject}</strong><span>to ${to}</span></div>
      ${renderTime(sentAt)}
    </a>
  </li>`;

const renderInbox = (mails: CapturedMail[]) =>
  html` <section class="card">
    <h1>Mail</h1>
    <p class="lead">
      No SMTP server is set, so mail is stored on this machine. <a href="/dev/mail">Refresh</a>
    </p>
    ${
      mails.length === 0
        ? html`<p>No mail yet.</p>`
        : html`<ul class="mails">
            ${mails.map(renderRow)}
          </ul>`
    }
  </section>`;

const renderMail = ({ id, subject, to, sentAt, text }: CapturedMail) =>
  html` <a class="back" href="/dev/mail">All mail</a>
    <section class="card">
      <h1>${subject}</h1>
      <dl>
        <dt>To</dt>
        <dd>${to}</dd>
        <dt>Sent</dt>
        <dd>${renderTime(sentAt)}</dd>
      </dl>
      <iframe
        title="The mail as HTML"
        src="/dev/mail/${encodeURIComponent(id)}/html"
        sandbox="allow-top-navigation-by-user-activation"
      ></iframe>
      <h2>As plain text</h2>
      <pre>${text}</pre>
    </section>`;

const withoutId = ({ id: _id, ...mail }: CapturedMail) => mail;

// A proxy on this machine may send its own Host header.
const isForwarded = (rawHeaders: string[]): boolean =>
  rawHeaders.some((name, index) => index % 2 === 0 && /^(x-)?forwarded(-|$)/i.test(name));

/** Development without SMTP: serves stored mail. Unless `isPublic`, the Host header must name this machine. */
export const devMailPlugin: FastifyPluginAsync<{ dataDir: string; isPublic?: boolean }> = async (
  server,
  { dataDir, isPublic = false },
) => {
  server.addHook('onRequest', async ({ headers, raw }) => {
    if (!isPublic && (!isLoopbackHostHeader(headers.host) || isForwarded(raw.rawHeaders)))
      throw new AppError(
        'FORBIDDEN',
        'The mailbox is only for this machine. Open it at localhost, or set DEV_MAIL=public.',
      );
  });
  const findHome = () => (server.hasRoute({ method: 'GET', url: '/' }) ? '/' : '/dev/mail');
  const renderPage = (title: string, body: Html) =>
    renderHtmlPage({ title, body, home: findHome(), wide: true });
  const findMail = async (id: string) => (await listCapturedMail(dataDir)).find((mail) => mail.id === id);

  server.get('/dev/mail.json', async () => (await listCapturedMail(dataDir)).map(withoutId));

  server.get('/dev/mail', async (_request, reply) =>
    reply.headers(PAGE_HEADERS).send(renderPage('Mail', renderInbox(await listCapturedMail(dataDir)))),
  );

  server.get<{ Params: { id: string } }>('/dev/mail/:id', async ({ params }, reply) => {
    const mail = await findMail(params.id);
    return mail
      ? reply.headers(READER_HEADERS).send(renderPage(mail.subject, renderMail(mail)))
      : reply.callNotFound();
  });

  server.get<{ Params: { id: string } }>('/dev/mail/:id/html', async ({ params }, reply) => {
    const mail = await findMail(params.id);
    if (!mail) return reply.callNotFound();
    // Links open in the top window, because our pages cannot be framed.
    return reply.headers(MAIL_HEADERS).send(mail.html.replace('<head>', '<head><base target="_top">'));
  });
};

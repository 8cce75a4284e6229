import { type CapturedMail, listCapturedMail } from '@linkgrove/api';
import type { FastifyPluginAsync } from 'fastify';
import { type Html, html, PAGE_HEADERS, PAGE_POLICY, renderHtmlPage } from '../html.ts';

const READER_HEADERS = { ...PAGE_HEADERS, 'content-security-policy': `${PAGE_POLICY}; frame-src 'self'` };

// A mail is shown as a mail reader would: without scripts, its own styles inline.
const MAIL_HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy':
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; base-uri 'none'; " +
    'sandbox allow-top-navigation-by-user-activation',
  'x-frame-options': 'SAMEORIGIN',
};

const clock = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium', timeZone: 'UTC' });
const time = (sentAt: string) =>
  html`<time datetime="${sentAt}">${clock.format(new Date(sentAt))} UTC</time>`;

const row = ({ id, subject, to, sentAt }: CapturedMail) =>
  html` <li>
    <a href="/dev/mail/${encodeURIComponent(id)}">
      <div><strong>${subject}</strong><span>to ${to}</span></div>
      ${time(sentAt)}
    </a>
  </li>`;

const inbox = (mails: CapturedMail[]) =>
  html` <section class="card">
    <h1>Mail</h1>
    <p class="lead">
      There is no SMTP server, so mail is kept on this machine. <a href="/dev/mail">Look again</a>
    </p>
    ${
      mails.length === 0
        ? html`<p>No mail yet.</p>`
        : html`<ul class="mails">
            ${mails.map(row)}
          </ul>`
    }
  </section>`;

const reader = ({ id, subject, to, sentAt, text }: CapturedMail) =>
  html` <a class="back" href="/dev/mail">All mail</a>
    <section class="card">
      <h1>${subject}</h1>
      <dl>
        <dt>To</dt>
        <dd>${to}</dd>
        <dt>Sent</dt>
        <dd>${time(sentAt)}</dd>
      </dl>
      <iframe
        title="The mail as HTML"
        src="/dev/mail/${encodeURIComponent(id)}/html"
        sandbox="allow-top-navigation-by-user-activation"
      ></iframe>
      <h2>As plain text</h2>
      <pre>${text}</pre>
    </section>`;

const publicPart = ({ to, subject, text, html, sentAt }: CapturedMail) => ({
  to,
  subject,
  text,
  html,
  sentAt,
});

/** Mail kept instead of sent, while there is no SMTP server; development only. */
export const devMailPlugin: FastifyPluginAsync<{ dataDir: string }> = async (server, { dataDir }) => {
  const home = () => (server.hasRoute({ method: 'GET', url: '/' }) ? '/' : '/dev/mail');
  const show = (title: string, body: Html) => renderHtmlPage({ title, body, home: home(), wide: true });
  const find = async (id: string) => (await listCapturedMail(dataDir)).find((mail) => mail.id === id);

  server.get('/dev/mail.json', async () => (await listCapturedMail(dataDir)).map(publicPart));

  server.get('/dev/mail', async (_request, reply) =>
    reply.headers(PAGE_HEADERS).send(show('Mail', inbox(await listCapturedMail(dataDir)))),
  );

  server.get<{ Params: { id: string } }>('/dev/mail/:id', async ({ params }, reply) => {
    const mail = await find(params.id);
    return mail ? reply.headers(READER_HEADERS).send(show(mail.subject, reader(mail))) : reply.callNotFound();
  });

  server.get<{ Params: { id: string } }>('/dev/mail/:id/html', async ({ params }, reply) => {
    const mail = await find(params.id);
    if (!mail) return reply.callNotFound();
    // Links open in the whole window, since our pages refuse to be framed.
    return reply.headers(MAIL_HEADERS).send(mail.html.replace('<head>', '<head><base target="_top">'));
  });
};

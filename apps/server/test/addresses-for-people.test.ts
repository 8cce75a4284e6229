import { describe, expect, it } from 'vitest';
import { newHandle, startInstance, usePerson, useTestServer } from './kit/index.ts';

/** What browsers send when a person opens an address. */
const PERSON = { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' };

// Without SMTP, so that the mailbox is served.
const server = useTestServer({ env: { SMTP_URL: '' } });
const ada = usePerson(server);

const locationOf = async (path: string) => {
  const { status, headers } = await server.get(path, { headers: PERSON });
  return [status, headers.get('location')];
};

describe('another spelling of an address', () => {
  it.each([
    ['/register/', '/register'],
    ['/register//', '/register'],
    ['/Register', '/register'],
    ['/VERIFY-EMAIL/?token=aBc', '/verify-email?token=aBc'],
    ['/reset-password/?token=x%2Fy', '/reset-password?token=x%2Fy'],
    ['/Confirm-Email?token=x', '/confirm-email?token=x'],
    ['/login/', '/login'],
    ['/LOGIN', '/login'],
    ['/forgot-password/', '/forgot-password'],
    ['/unsubscribe/', '/unsubscribe'],
    ['/r/CODE/', '/r/CODE'],
    ['/R/CODE?utm_source=x', '/r/CODE?utm_source=x'],
    ['/r/CODE/QR.SVG', '/r/CODE/qr.svg'],
    ['/r/CODE/qr.svg/', '/r/CODE/qr.svg'],
    ['/GO/01900000-0000-7000-8000-000000000000/', '/go/01900000-0000-7000-8000-000000000000'],
    ['/Docs/', '/docs'],
    ['/dev/mail/', '/dev/mail'],
    ['/Dev/Mail', '/dev/mail'],
    ['/@ada/qr.svg/', '/@ada/qr.svg'],
    ['/@ada/Contact.vcf', '/@ada/contact.vcf'],
    ['/robots.txt/', '/robots.txt'],
  ])('leads on: %s', async (path, location) => {
    expect(await locationOf(path)).toEqual([308, location]);
  });

  it('leads on to an address that answers, with its query', async () => {
    const [status, location] = await locationOf(`/r/${ada.user.referralCode}/?utm_source=mail`);
    expect(status).toBe(308);
    expect((await server.get(String(location))).status).toBe(302);
  });

  it('leads on for programs too, and for HEAD', async () => {
    expect((await server.get('/register/')).status).toBe(308);
    expect((await server.call('HEAD', '/register/')).status).toBe(308);
  });

  it('leads on below the path of PUBLIC_URL', async () => {
    const below = await startInstance(server.databaseUrl, { PUBLIC_URL: 'https://example.com/links' });
    expect((await below.get('/register/')).headers.get('location')).toBe('/links/register');
    await below.close();
  });

  it.each([
    '//evil.example/',
    '//evil.example/register/',
    '/\\evil.example/',
    '/register/x',
    '/r/',
    '/r//',
    '/api/me/',
    '/API/me',
    '/trpc/account.me/',
    '/assets/Built-In.css/x',
    '/nowhere/',
  ])('is not found where there is nothing to lead to: %s', async (path) => {
    expect(await locationOf(path)).toEqual([404, null]);
  });

  it('is not found for other methods', async () => {
    expect((await server.post('/register/', {})).status).toBe(404);
  });
});

describe('an error', () => {
  const PATHS: [string, number][] = [
    ['/nowhere', 404],
    ['/r/nobody-has-this/qr.svg', 404],
    ['/dev/mail/nothing', 404],
    ['/%zz', 400],
    ['/sitemap.xml?after=x', 404],
  ];

  it.each(PATHS)('is a page for a person: %s', async (path, status) => {
    const answer = await server.get(path, { headers: PERSON });
    expect([answer.status, answer.headers.get('content-type')]).toEqual([status, 'text/html; charset=utf-8']);
    const body = String(answer.body);
    expect(body).toMatch(/<h1>[^<]+<\/h1>/);
    expect(body).toContain(answer.headers.get('x-request-id'));
    expect(body).toMatch(/<a [^>]*href="http:\/\/localhost:3000\/"/);
    expect(answer.headers.get('content-security-policy')).toMatch(/^default-src 'none';/);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(body).not.toMatch(/<script|\son\w+=|style="/);
  });

  it.each(PATHS)('is problem details for a program: %s', async (path, status) => {
    for (const accept of [
      '*/*',
      'application/json',
      'application/json, text/html',
      'text/html;q=0',
      'nonsense;;',
    ]) {
      const { headers, body, status: got } = await server.get(path, { headers: { accept } });
      expect([accept, got, headers.get('content-type')]).toEqual([
        accept,
        status,
        'application/problem+json; charset=utf-8',
      ]);
      expect(body.requestId).toBe(headers.get('x-request-id'));
    }
  });

  it('is problem details for a person in the API', async () => {
    for (const path of ['/api/me', '/api/nowhere', '/api/public/pages/nobody-has-this']) {
      const { headers } = await server.get(path, { headers: PERSON });
      expect([path, headers.get('content-type')]).toEqual([path, 'application/problem+json; charset=utf-8']);
    }
    const trpc = await server.get('/trpc/account.me', { headers: PERSON });
    expect(trpc.headers.get('content-type')).toBe('application/json');
  });

  it('is a page beyond the limit of requests, with Retry-After', async () => {
    const strict = await startInstance(server.databaseUrl, { RATE_LIMIT_GLOBAL: '1/1m' });
    for (const path of ['/login', '/@nobody']) {
      await strict.get(path);
      const limited = await strict.get(path, { headers: PERSON });
      expect([limited.status, limited.headers.get('content-type')]).toEqual([
        429,
        'text/html; charset=utf-8',
      ]);
      expect(Number(limited.headers.get('retry-after'))).toBeGreaterThan(0);
    }
    await strict.close();
  });

  it('leads home to the frontend, if there is one', async () => {
    const env = { APP_URL: 'https://app.example.com' };
    const apart = await startInstance(server.databaseUrl, env);
    const { body } = await apart.get('/nowhere', { headers: PERSON });
    expect(body).toContain('href="https://app.example.com/"');
    await apart.close();
  });

  it('shows text of the client escaped', async () => {
    const { body } = await server.get(`/r/${encodeURIComponent('"><script>x</script>')}`, {
      headers: PERSON,
    });
    expect(body).not.toContain('<script>');
  });
});

const HOME_LINK = 'href="http://localhost:3000/">Go to the home page</a>';

describe('a referral link that does not exist', () => {
  it('leads a person to the sign-up page, without credit', async () => {
    const path = '/r/nobody-has-it?utm_source=card&x=1';
    const { status, headers } = await server.get(path, { headers: PERSON });
    expect([status, headers.get('location')]).toEqual([
      302,
      'http://localhost:3000/register?utm_source=card',
    ]);
    expect(headers.get('set-cookie')).toBeNull();
  });

  it('is problem details for a program', async () => {
    const { status, body } = await server.get('/r/nobody-has-it');
    expect([status, body.code, body.detail]).toEqual([404, 'NOT_FOUND', "This invite link doesn't work"]);
  });
});

describe('the address of a page that does not exist', () => {
  const see = async (path: string) => {
    const { status, body } = await server.get(path, { headers: PERSON });
    expect(status).toBe(404);
    return String(body);
  };

  it('offers the name to whoever wants it', async () => {
    const handle = newHandle('free');
    const body = await see(`/@${handle}`);
    expect(body).toContain('Claim this name');
    expect(body).toContain(`href="http://localhost:3000/register?username=${handle}"`);
    expect(body).toContain(HOME_LINK);
    expect(await see(`/@${handle.toUpperCase()}`)).toContain(`register?username=${handle}"`);
    const form = await server.get(`/register?username=${handle}`);
    expect(form.body).toMatch(new RegExp(`<input\\s+id="username"[^>]*value="${handle}"`));
  });

  it('does not offer a name that nobody can take', async () => {
    const held = await server.signUp();
    for (const handle of ['x', 'admin', ada.username, held.username, '..', 'a"b', '🎉', 'n'.repeat(31)])
      expect(await see(`/@${encodeURIComponent(handle)}`)).not.toContain('Claim this name');
  });

  it('leads to the home page, and so do a preview that has ended and a link that is gone', async () => {
    const paths = [`/@${ada.username}`, `/@${ada.username}?preview=x`, '/go/x'];
    for (const path of paths) expect(await see(path)).toContain(HOME_LINK);
  });
});

describe('the page of a mailed link', () => {
  const see = async (path: string, token: string) =>
    String((await server.get(`${path}?token=${token}`, { headers: PERSON })).body);

  it.each(['/verify-email', '/confirm-email', '/reset-password', '/undo-email-change'])(
    'says at once that the link does not work: %s',
    async (path) => {
      const body = await see(path, 'wrong');
      expect(body).toContain('This link has expired or was already used.');
      expect(body).not.toContain('<form');
    },
  );

  it('at /unsubscribe says that the link is incomplete', async () => {
    const body = await see('/unsubscribe', 'wrong');
    expect(body).toContain('This link is incomplete');
    expect(body).not.toContain('<form');
    const signed = server.app.unsubscribeSigner.sign(ada.user.id);
    expect(await see('/unsubscribe', encodeURIComponent(signed))).toContain('Stop these emails</button>');
  });
});

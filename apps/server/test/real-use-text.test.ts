import { endpoints } from '@linkgrove/api';
import { describe, expect, it } from 'vitest';
import { newHandle, newPerson, PASSWORD, type SignedUp, useTestServer } from './kit/index.ts';

const server = useTestServer({
  env: {
    PUBLISH_REQUIRES_VERIFICATION: 'false',
    APP_URL: 'https://app.example',
    CORS_ORIGINS: 'https://app.example',
  },
});

type Owner = SignedUp & { page: string };
async function newOwner(): Promise<Owner> {
  const who = await server.signUp();
  const page = (await server.as(who, 'GET', '/api/pages')).body.items[0].id as string;
  await server.as(who, 'PATCH', `/api/pages/${page}`, { published: true });
  return { ...who, page };
}
const addBlock = (who: Owner, block: object) =>
  server.as(who, 'POST', `/api/pages/${who.page}/blocks`, block);
const readCard = async ({ username }: SignedUp): Promise<string> =>
  String((await server.get(`/@${username}/contact.vcf`)).body).replaceAll(/\r\n[ \t]/g, '');

describe('an address that is not ASCII', () => {
  it.each([
    ['email', 'mailto:ada@example.com?subject=🎉', 'mailto:ada@example.com?subject=%F0%9F%8E%89'],
    [
      'email',
      'mailto:ada@example.com?subject=Grüße&body=Hé',
      'mailto:ada@example.com?subject=Gr%C3%BC%C3%9Fe&body=H%C3%A9',
    ],
    [
      'email',
      'mailto:ada@example.com?subject=👨‍👩‍👧',
      'mailto:ada@example.com?subject=%F0%9F%91%A8%E2%80%8D%F0%9F%91%A9%E2%80%8D%F0%9F%91%A7',
    ],
    ['email', 'mailto:ada@example.com?subject=1+1', 'mailto:ada@example.com?subject=1%2B1'],
    ['link', 'https://example.com/ä?q=🎉#é', 'https://example.com/%C3%A4?q=%F0%9F%8E%89#%C3%A9'],
    [
      'link',
      'https://example.com/?q=👨‍👩‍👧',
      'https://example.com/?q=%F0%9F%91%A8%E2%80%8D%F0%9F%91%A9%E2%80%8D%F0%9F%91%A7',
    ],
    [
      'link',
      'https://fa.wikipedia.org/wiki/می\u200cخواهم',
      'https://fa.wikipedia.org/wiki/%D9%85%DB%8C%E2%80%8C%D8%AE%D9%88%D8%A7%D9%87%D9%85',
    ],
    ['link', 'https://münchen.example/', 'https://xn--mnchen-3ya.example/'],
  ])('is stored and sent as ASCII: a %s to %s', async (type, url, ascii) => {
    const ada = await newOwner();
    const { status, body } = await addBlock(ada, { type, title: 'Here', url });
    expect([status, body.url]).toEqual([201, ascii]);
    const gone = await server.get(`/go/${body.id}`);
    expect([gone.status, gone.headers.get('location')]).toEqual([302, ascii]);
    expect((await server.get(`/api/public/pages/${ada.username}`)).body.blocks[0].url).toBe(ascii);
  });

  it('stored before that rule leaves as ASCII, too', async () => {
    const ada = await newOwner();
    const { id } = (await addBlock(ada, { type: 'email', title: 'Mail', url: 'ada@example.com' })).body;
    await server.app.db
      .updateTable('blocks')
      .set({ url: 'mailto:ada@example.com?subject=Grüße 🎉'.replace(' ', '%20') })
      .where('id', '=', id)
      .execute();
    const { status, headers } = await server.get(`/go/${id}`);
    expect([status, headers.get('location')]).toEqual([
      302,
      'mailto:ada@example.com?subject=Gr%C3%BC%C3%9Fe%20%F0%9F%8E%89',
    ]);
  });

  it('is ASCII in pictures, profiles and links of text, and in the contact card', async () => {
    const ada = await newOwner();
    const url = 'https://münchen.example/ä';
    const ascii = 'https://xn--mnchen-3ya.example/%C3%A4';
    const image = await addBlock(ada, { type: 'image', url, thumbnailUrl: url, data: { link: url } });
    expect(image.body).toMatchObject({ url: ascii, thumbnailUrl: ascii, data: { link: ascii } });
    const social = await addBlock(ada, {
      type: 'social',
      data: { profiles: [{ platform: 'website', url }] },
    });
    expect(social.body.data.profiles).toEqual([{ platform: 'website', url: ascii }]);
    await addBlock(ada, { type: 'text', data: { text: `[a](${url}) <mailto:ada@münchen.example>` } });
    expect((await server.as(ada, 'PATCH', `/api/pages/${ada.page}`, { avatarUrl: url })).body.avatarUrl).toBe(
      ascii,
    );
    const html: string = (await server.get(`/@${ada.username}`)).body;
    for (const [, address = ''] of html.matchAll(/(?:href|src)="([^"]*)"/g))
      expect(address).toMatch(/^[\x21-\x7e]*$/);
    expect(html).toContain(`href="${ascii}"`);
    expect(await readCard(ada)).toContain(ascii);
  });

  it('with joiners in its host is still refused', async () => {
    const ada = await newOwner();
    for (const url of [
      'https://exa\u200dmple.com/',
      'https://exa\u200cmple.com/',
      'mailto:a\u200db@example.com',
    ])
      for (const type of ['link', 'email']) expect((await addBlock(ada, { type, url })).status).toBe(400);
  });
});

describe('an email address with a domain that is not ASCII', () => {
  it('signs in and gets its mails in either spelling', async () => {
    const typed = `${newHandle('x')}@müller.example`;
    const ascii = typed.replace('müller', 'xn--mller-kva');
    const { status, body } = await server.register({ email: typed });
    expect([status, body.user.email]).toEqual([201, ascii]);
    for (const identifier of [typed, ascii, typed.toUpperCase()])
      expect((await server.login(identifier, PASSWORD)).status).toBe(200);
    for (const email of [typed, ascii]) {
      expect((await server.post('/api/forgot-password', { email })).status).toBe(202);
      expect((await server.register({ email })).status).toBe(409);
    }
  });

  it('can replace another address', async () => {
    const ada = await server.signUp();
    const email = `${newHandle('y')}@müller.example`;
    expect((await server.as(ada, 'POST', '/api/me/email', { email, password: PASSWORD })).status).toBe(202);
  });

  it('may be in a block, and is shown to visitors in their letters', async () => {
    const ada = await newOwner();
    for (const url of ['ada@münchen.example', 'mailto:ada@münchen.example']) {
      const { status, body } = await addBlock(ada, { type: 'email', url });
      expect([status, body.url]).toEqual([201, 'mailto:ada@xn--mnchen-3ya.example']);
    }
    const html: string = (await server.get(`/@${ada.username}`)).body;
    expect(html).toContain('href="mailto:ada@xn--mnchen-3ya.example"');
    expect(html).toContain('>ada@münchen.example<');
    expect(await readCard(ada)).toMatch(/^EMAIL[^:]*:ada@xn--mnchen-3ya\.example\r$/m);
  });

  it('is refused where its domain imitates another', async () => {
    const ada = await newOwner();
    expect((await addBlock(ada, { type: 'email', url: 'ada@gооgle.com' })).status).toBe(400);
  });
});

describe('a telephone number as people write it', () => {
  it.each([
    ['(555) 010-0199', 'tel:5550100199', '5550100199'],
    ['(030) 123 456', 'tel:030123456', '030123456'],
    ['+49–30–123456', 'tel:+4930123456', '+4930123456'],
    ['030/123456', 'tel:030123456', '030123456'],
    ['+49 (0)30 123456', 'tel:+4930123456', '+4930123456'],
    ['+44 (0)20 7946 0018', 'tel:+442079460018', '+442079460018'],
    ['tel:+15550100199;ext=12', 'tel:+15550100199;ext=12', '+15550100199 ext. 12'],
    ['+1 555 010 0199 ext. 12', 'tel:+15550100199;ext=12', '+15550100199 ext. 12'],
  ])('dials the right number: %s', async (typed, href, card) => {
    const ada = await newOwner();
    const { status, body } = await addBlock(ada, { type: 'phone', url: typed });
    expect([status, body.url]).toEqual([201, href]);
    const html: string = (await server.get(`/@${ada.username}`)).body;
    expect(html).toContain(`href="${href}"`);
    expect((await server.get(`/go/${body.id}`)).headers.get('location')).toBe(href);
    expect((await readCard(ada)).split('\r\n').find((line) => line.startsWith('TEL'))).toBe(`TEL:${card}`);
  });
});

describe('a name', () => {
  it.each(['\u3164', '\u115f', '\u2800', '\u00ad', '\u2063', '\u200b'])(
    'of invisible characters only, or with one inside, is refused: %j',
    async (character) => {
      const ada = await newOwner();
      for (const name of [character, `Ada${character}Lovelace`]) {
        expect((await server.as(ada, 'PATCH', '/api/me', { displayName: name })).status).toBe(400);
        expect((await server.as(ada, 'PATCH', `/api/pages/${ada.page}`, { title: name })).status).toBe(400);
      }
      for (const block of [
        { type: 'heading', title: character },
        { type: 'text', data: { text: character } },
      ])
        expect((await addBlock(ada, block)).status).toBe(400);
    },
  );

  it('of emoji, or of letters that need joiners and marks of direction, is accepted', async () => {
    const ada = await newOwner();
    for (const name of ['👨‍👩‍👧 Ada', 'می\u200cخواهم', 'שלום עולם!', 'שלום (עולם)\u200f!']) {
      const { status, body } = await server.as(ada, 'PATCH', '/api/me', { displayName: name });
      expect([status, body.displayName]).toEqual([200, name]);
      expect((await server.as(ada, 'PATCH', `/api/pages/${ada.page}`, { title: name })).body.title).toBe(
        name,
      );
    }
  });

  it('is stricter than prose, where Khmer and Thai need U+200B and Arabic needs marks', async () => {
    const ada = await newOwner();
    for (const text of ['សួស្តី\u200bពិភពលោក', 'ab\u200e(c)\u200f', 'auto\u00admobile']) {
      expect((await server.as(ada, 'PATCH', `/api/pages/${ada.page}`, { bio: text })).body.bio).toBe(text);
      expect((await addBlock(ada, { type: 'text', data: { text } })).body.data.text).toBe(text);
    }
  });

  it('stored before that rule can still be read', async () => {
    const ada = await newOwner();
    const { id } = (await addBlock(ada, { type: 'link', title: 'a', url: 'https://example.com' })).body;
    const { db } = server.app;
    await db.updateTable('users').set({ display_name: 'a\u00adb' }).where('id', '=', ada.user.id).execute();
    await db
      .updateTable('pages')
      .set({
        title: 'a\u2063b',
        seo: JSON.stringify({ title: 'a\u2063b', description: null, noindex: false }),
      })
      .where('id', '=', ada.page)
      .execute();
    await db
      .updateTable('blocks')
      .set({ data: JSON.stringify({ description: '\u2063' }) })
      .where('id', '=', id)
      .execute();
    for (const path of [
      '/api/me',
      '/api/pages',
      `/api/pages/${ada.page}/blocks`,
      `/api/pages/${ada.page}/export`,
      `/trpc/publicPages.get?input=${encodeURIComponent(JSON.stringify({ handle: ada.username }))}`,
    ])
      expect([path, (await server.as(ada, 'GET', path)).status]).toEqual([path, 200]);
  });
});

describe('a referral code', () => {
  it.each(['', null, '   '])('that is %j counts as none', async (referralCode) => {
    const { status, body } = await server.register({ referralCode });
    expect([status, body.user.referredBy]).toEqual([201, null]);
  });

  it.each([
    (code: string) => `  ${code}\n`,
    (code: string) => `https://app.example/register?referral=${code}`,
    (code: string) => ` https://app.example/register?utm_source=x&referral=${code}#top `,
    (code: string) => `${server.url}/r/${code}`,
    (code: string) => `${server.url}/r/${code}/?utm_source=x`,
    (code: string) => `app.example/r/${code}`,
  ])('is read from what people paste: %s', async (paste) => {
    const ada = await server.signUp();
    const pasted = paste(ada.user.referralCode);
    const { status, body } = await server.register({ referralCode: pasted });
    expect([status, body.user?.referredBy]).toEqual([201, ada.username]);
    const shown = await server.get(`/api/referral-codes/${encodeURIComponent(pasted)}`);
    expect([shown.status, shown.body.code]).toEqual([200, ada.user.referralCode]);
  });

  it('with blanks around it works as a link', async () => {
    const ada = await server.signUp();
    const { status, headers } = await server.get(`/r/%20${ada.user.referralCode}%20`);
    expect([status, headers.get('location')]).toEqual([
      302,
      expect.stringContaining(`referral=${ada.user.referralCode}`),
    ]);
  });

  it('that does not exist is refused, however it is pasted', async () => {
    for (const referralCode of [
      'nobody-has-this',
      'https://app.example/register?referral=nobody-has-this',
      'https://app.example/',
    ])
      expect((await server.register({ ...newPerson(), referralCode })).body.code).toBe(
        'INVALID_REFERRAL_CODE',
      );
  });
});

describe('a time', () => {
  it('may have a lower-case t and z', async () => {
    const ada = await newOwner();
    const block = await addBlock(ada, {
      type: 'heading',
      title: 'x',
      startsAt: '2030-01-01t00:00:00z',
      endsAt: '2030-01-02t00:00:00+02:00',
    });
    expect([block.status, block.body.startsAt, block.body.endsAt]).toEqual([
      201,
      '2030-01-01T00:00:00.000Z',
      '2030-01-01T22:00:00.000Z',
    ]);
    const link = await server.as(ada, 'POST', '/api/referral-links', { expiresAt: '2099-01-01t00:00:00z' });
    expect([link.status, link.body.expiresAt]).toEqual([201, '2099-01-01T00:00:00.000Z']);
  });
});

describe('a tRPC query without input', () => {
  it('answers as REST does without parameters', async () => {
    const ada = await server.signUp();
    const queries = endpoints.filter(
      ({ procedure, rest, access }) =>
        procedure._def.type === 'query' && access !== 'admin' && !rest.path.includes('{'),
    );
    expect(queries.length).toBeGreaterThan(8);
    for (const { name, rest } of queries) {
      const [over, direct] = [
        await server.as(ada, 'GET', `/trpc/${name}`),
        await server.as(ada, 'GET', rest.path),
      ];
      expect([name, over.status]).toEqual([name, direct.status]);
    }
  });
});

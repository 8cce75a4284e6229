import { beforeAll, expect, it } from 'vitest';
import { newHandle, useAdmin, usePerson, useTestServer } from '../kit/index.ts';

const server = useTestServer();
const admin = useAdmin(server);
const ada = usePerson(server);
let page: { id: string; handle: string };
beforeAll(async () => {
  page = (await server.as(ada, 'POST', '/api/pages', { handle: newHandle(), published: true })).body;
});

const style = (customCss: string | null) =>
  server.as(ada, 'PATCH', `/api/pages/${page.id}`, { theme: { customCss } });
const allow = (allowed: boolean, who = admin) =>
  server.as(who, 'POST', `/api/admin/workspaces/${ada.user.id}/custom-css`, { allowed });
const readHtml = async (): Promise<string> => (await server.get(`/@${page.handle}`)).body;
const listEvents = async (): Promise<string[]> =>
  (await server.as(ada, 'GET', '/api/me/security-events')).body.items
    .filter(({ byAdmin }: { byAdmin: boolean }) => byAdmin)
    .map(({ type }: { type: string }) => type);

it('A13.28 custom CSS needs the permission of an administrator, who can withdraw it, and both are recorded', async () => {
  expect((await style('.name { letter-spacing: 1px }')).body).toMatchObject({ code: 'FORBIDDEN' });
  expect((await allow(true, ada)).status).toBe(403);
  expect((await allow(true)).body).toMatchObject({ id: ada.user.id, allowed: true });
  await allow(true);
  expect((await style('.name { letter-spacing: 1px }')).status).toBe(200);
  expect(await readHtml()).toContain('.page .name{letter-spacing:1px}');
  await allow(false);
  expect(await readHtml()).not.toContain('letter-spacing:1px');
  expect((await style('.name { letter-spacing: 2px }')).status).toBe(403);
  expect(await listEvents()).toEqual(['custom_css_withdrawn', 'custom_css_allowed']);
  const unknown = `/api/admin/workspaces/${page.id}/custom-css`;
  expect((await server.as(admin, 'POST', unknown, { allowed: true })).status).toBe(404);
});

it('A13.28 custom CSS loads nothing from elsewhere, covers nothing outside of the page, and names the line of a fault', async () => {
  await allow(true);
  const { body } = await style('.a { line-height: 1 }\n.b { background: url("https://evil.example/x") }');
  expect(body.errors).toEqual([
    {
      path: 'theme.customCss',
      message: 'Line 2: Use the address of a file that was uploaded here',
      code: 'invalid_css',
    },
  ]);
  for (const css of [
    '@import "https://evil.example/x.css";',
    '.a { position: fixed; inset: 0 }',
    '.a { color: #fff; background: rgb(255 255 255 / 20%) }',
    '.a {} } footer { display: none }',
    '</style><script>alert(1)</script>',
    `.a { width: ${'calc('.repeat(1_500)} }`,
    'x'.repeat(8_001),
  ])
    expect([css.slice(0, 40), (await style(css)).status]).toEqual([css.slice(0, 40), 400]);
  expect((await style('* ~ *, :root ~ footer, footer { display: none }')).status).toBe(200);
  const html = await readHtml();
  expect(html).toContain('.page{--text:currentColor;--muted:currentColor;--sub:currentColor');
  expect(html).toMatch(/\.stage\{[^}]*contain:layout paint\}/);
  expect(html).toMatch(/<\/main><\/div><\/div><footer/);
  expect(html).toContain('.page *~*,.page~footer,.page footer{display:none}');
});

it('A13.28 custom CSS that comes with an import is left out where it is not allowed', async () => {
  await allow(true);
  await style('.name { letter-spacing: 3px }');
  const content = JSON.stringify((await server.as(ada, 'GET', `/api/pages/${page.id}/export`)).body);
  const eve = await server.signUp();
  const imported = await server.as(eve, 'POST', '/api/page-imports', { handle: newHandle(), content });
  expect(imported.body).toMatchObject({
    page: { theme: { customCss: null } },
    skipped: [{ title: 'theme.customCss' }],
  });
});

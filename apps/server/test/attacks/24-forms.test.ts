import { expect, it } from 'vitest';
import {
  type Answer,
  newHandle,
  NO_ID,
  storeKey,
  tally,
  times,
  usePerson,
  useTestServer,
} from '../kit/index.ts';

const server = useTestServer({ worker: true, env: { TRUST_PROXY: '127.0.0.1' } });
const ada = usePerson(server);

type Made = { id: string; page: string; handle: string };
async function makeForm(data: object = {}): Promise<Made> {
  const handle = newHandle('forms');
  const { body } = await server.as(ada, 'POST', '/api/pages', { handle, published: true });
  const page = `/api/pages/${body.id}`;
  const fields = [{ field: 'email' }, { field: 'name', required: false }];
  const block = { type: 'form', title: 'Write', data: { fields, confirmEmail: false, ...data } };
  const { id } = (await server.as(ada, 'POST', `${page}/blocks`, block)).body;
  return { id, page, handle };
}
let visitors = 0;
const from = (address = `10.2.${Math.floor(visitors / 250)}.${(visitors += 1) % 250}`) => ({
  'x-forwarded-for': address,
});
const newAddress = () => `victim-${(visitors += 1)}@example.com`;
const submit = ({ id }: Made, body: object, headers = from()): Promise<Answer> =>
  server.post(`/api/public/forms/${id}`, body, { headers });
const submissionsOf = async ({ page }: Made) =>
  (await server.as(ada, 'GET', `${page}/submissions?limit=100`)).body.items;

it('A13.24 a program that fills in every field, or many forms, stores nothing or little', async () => {
  const made = await makeForm();
  const fields = { email: newAddress() };
  const [bot, person] = [await submit(made, { fields, website: 'x' }), await submit(made, { fields })];
  expect([bot.status, bot.body]).toEqual([person.status, person.body]);
  const flood = await times(40, () => submit(made, { fields: { email: newAddress() } }, from('10.3.0.1')));
  expect(tally(flood)).toEqual({ 202: 20, '429 RATE_LIMITED': 20 });
  expect(await submissionsOf(made)).toHaveLength(21);
});

it('A13.24 a consent is to the text that the visitor saw, whenever the owner changes it', async () => {
  const made = await makeForm({ consent: 'You may answer.\nOnce.' });
  const fields = { email: newAddress() };
  const change = { data: { consent: 'You may sell my address.' } };
  const shown = (await server.get(`/@${made.handle}`)).body;
  expect(shown).toContain('name="consentText" value="You may answer.\nOnce."');
  await submit(made, { fields, consent: true, consentText: 'You may answer.\r\nOnce.' });
  await server.as(ada, 'PATCH', `/api/blocks/${made.id}`, change);
  const late = await submit(made, { fields, consent: true, consentText: 'You may answer.\nOnce.' });
  expect([late.status, late.body.errors]).toMatchObject([400, [{ path: 'consent', code: 'changed' }]]);
  const page = await server.call('POST', `/go/${made.id}/form`, {
    body: new URLSearchParams({ ...fields, consent: 'yes', consentText: 'You may answer.' }).toString(),
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...from() },
  });
  expect([page.status, page.body]).toEqual([422, expect.stringContaining('You may sell my address.')]);
  expect(page.body).not.toContain(' checked');
  expect(await submissionsOf(made)).toMatchObject([{ consent: 'You may answer.\nOnce.' }]);
});

it('A13.24 nothing that was entered gets into the confirmation mail but its address', async () => {
  const made = await makeForm({ confirmEmail: true });
  const email = newAddress();
  const name = 'Eve Bcc: all@example.com https://evil.example';
  await submit(made, { fields: { email, name } });
  const mail = await server.mailbox.waitFor(email, 'Confirm your email address');
  expect(JSON.stringify(mail)).not.toMatch(/Eve|evil\.example|all@example\.com/);
  for (const attack of [
    'a@example.com\r\nBcc: b@example.com',
    'a@example.com,b@example.com',
    '<a@example.com>',
  ])
    expect((await submit(made, { fields: { email: attack } })).status).toBe(400);
  const line = await submit(made, { fields: { email, name: 'Eve\r\nBcc: b@example.com' } });
  expect(line.status).toBe(400);
});

it('A13.24 nobody learns from a form whether an address is known', async () => {
  const made = await makeForm({ confirmEmail: true });
  const { email } = ada;
  const known = newAddress();
  await submit(made, { fields: { email: known } });
  const answers = [
    await submit(made, { fields: { email: known } }),
    await submit(made, { fields: { email: newAddress() } }),
    await submit(made, { fields: { email } }),
    await submit(made, { fields: { email: newAddress() }, website: 'x' }),
  ];
  expect(new Set(answers.map(({ status, body }) => `${status} ${JSON.stringify(body)}`)).size).toBe(1);
  for (const path of ['/go/form/confirm', '/go/form/unsubscribe'])
    expect((await server.get(`${path}?token=${'x'.repeat(43)}`)).status).toBe(410);
});

it('A13.24 no cell of the export is a formula', async () => {
  const made = await makeForm();
  for (const name of ['=1+1', '+1', '-1', '@SUM(1)', '\t=1', ' =1'])
    await submit(made, { fields: { email: newAddress(), name } });
  const { body } = await server.as(ada, 'GET', `${made.page}/submissions/export`);
  for (const cell of String(body).split(/[,\n]/)) expect(cell.replaceAll('"', '')).not.toMatch(/^\s*[=+\-@]/);
});

it('A13.24 submissions are read and deleted only through their own page, by members and keys that may', async () => {
  const [made, other] = [await makeForm(), await makeForm()];
  await submit(made, { fields: { email: newAddress() } });
  const [{ id }] = await submissionsOf(made);
  const eve = await server.signUp();
  const key = await storeKey(server, ada, { scopes: ['pages:write', 'forms:read'] });
  for (const path of ['', '/export'])
    expect((await server.as(eve, 'GET', `${made.page}/submissions${path}`)).status).toBe(404);
  for (const [who, page, status] of [
    [eve, made.page, 404],
    [key, made.page, 403],
    [ada, other.page, 404],
    [ada, `/api/pages/${NO_ID}`, 404],
    [ada, made.page, 204],
    [ada, made.page, 404],
  ] as const)
    expect([page, (await server.as(who, 'DELETE', `${page}/submissions/${id}`)).status]).toEqual([
      page,
      status,
    ]);
  expect(await submissionsOf(made)).toEqual([]);
});

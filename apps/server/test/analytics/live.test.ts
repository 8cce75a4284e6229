import { describe, expect, it } from 'vitest';
import { addMember, startInstance } from '../kit/index.ts';
import { ANALYTICS_ENV, asVisitor, type PublishedPage, useAnalyticsServer } from './kit.ts';

const server = useAnalyticsServer();

const restPath = ({ pageId }: PublishedPage) => `/api/pages/${pageId}/analytics/live`;
const trpcPath = ({ pageId }: PublishedPage) =>
  `/trpc/analytics.live?input=${encodeURIComponent(JSON.stringify({ id: pageId }))}`;

/** Reads a stream of server-sent events until it has the text. */
async function readUntil(response: Response, text: string): Promise<string> {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let received = '';
  while (reader && !received.includes(text)) {
    const { done, value } = await reader.read();
    if (done) break;
    received += value;
  }
  await reader?.cancel();
  return received;
}
const open = (page: PublishedPage, path: string, url = server.url) =>
  fetch(`${url}${path}`, { headers: { authorization: `Bearer ${page.token}`, accept: 'text/event-stream' } });

describe('the live feed', () => {
  it.each([
    ['REST', restPath],
    ['tRPC', trpcPath],
  ])('over %s has the events of the last minutes and those that follow', async (_name, toPath) => {
    const page = await server.publishPage();
    await server.view(page, asVisitor({ 'cf-ipcountry': 'AT' }));
    const response = await open(page, toPath(page));
    expect([response.status, response.headers.get('content-type')]).toEqual([
      200,
      expect.stringContaining('text/event-stream'),
    ]);
    await server.click(page);
    const received = await readUntil(response, '"type":"click"');
    expect(received).toContain('"country":"AT"');
    expect(received).toMatch(/"visitors":[12]/);
    expect(received).toContain('"blockTitle":"Essay"');
  });

  it('goes on where it ended when a client connects again', async () => {
    const page = await server.publishPage();
    await server.view(page, asVisitor({ 'cf-ipcountry': 'AT' }));
    const received = await readUntil(await open(page, restPath(page)), '"country":"AT"');
    const last = [...received.matchAll(/^id: (\S+)$/gm)].at(-1)?.[1] ?? '';
    await server.click(page);
    const headers = { authorization: `Bearer ${page.token}`, 'last-event-id': last };
    const again = await readUntil(
      await fetch(`${server.url}${restPath(page)}`, { headers }),
      '"type":"click"',
    );
    expect(again).not.toContain('"type":"view"');
    const refused = await open(page, `${restPath(page)}?cursor=yesterday`);
    expect([refused.status, await refused.json()]).toEqual([
      400,
      expect.objectContaining({ code: 'VALIDATION_FAILED' }),
    ]);
  });

  it('answers other methods with 405', async () => {
    const page = await server.publishPage();
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'HEAD']) {
      const answer = await server.call(method, restPath(page));
      expect([method, answer.status, answer.headers.get('allow')]).toEqual([method, 405, 'GET']);
    }
  });

  it('is refused to a role that may not see analytics', async () => {
    const [page, viewer] = [await server.publishPage(), await server.signUp()];
    await addMember(server, page.user.id, viewer, 'viewer');
    const refused = await open({ ...page, token: viewer.token }, restPath(page));
    expect([refused.status, await refused.json()]).toEqual([
      403,
      expect.objectContaining({ code: 'ROLE_REQUIRED' }),
    ]);
  });

  it('is for the owner only', async () => {
    const [page, other] = [await server.publishPage(), await server.publishPage()];
    const refused = await open(other, restPath(page));
    expect([refused.status, await refused.json()]).toEqual([
      404,
      expect.objectContaining({ code: 'NOT_FOUND' }),
    ]);
    expect((await fetch(`${server.url}${restPath(page)}`)).status).toBe(401);
    expect(await (await open(other, trpcPath(page))).text()).not.toContain('"events"');
  });

  it('ends when the server stops', async () => {
    const instance = await startInstance(server.databaseUrl, ANALYTICS_ENV);
    const page = await server.publishPage();
    const responses = [
      await open(page, restPath(page), instance.url),
      await open(page, trpcPath(page), instance.url),
    ];
    const ended = responses.map((response) => response.text().catch(() => 'cut off'));
    await instance.close();
    expect(await Promise.all(ended)).toHaveLength(2);
  });
});

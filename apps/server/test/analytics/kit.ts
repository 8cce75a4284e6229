import {
  BEHIND_PROXY,
  BROWSER,
  clientFrom,
  type SignedUp,
  type TestServer,
  useObject,
  useTestServer,
} from '../kit/index.ts';

export type PublishedPage = SignedUp & { pageId: string; blockId: string };

let addresses = 0;
export const nextAddress = (): string => {
  addresses += 1;
  return `203.${Math.floor(addresses / 62_500)}.${Math.floor(addresses / 250) % 250}.${1 + (addresses % 250)}`;
};
/** Options of a request by a person with an address of their own. */
export const asVisitor = (headers: Record<string, string> = {}, address = nextAddress()) => ({
  headers: { 'user-agent': BROWSER, ...clientFrom(address), ...headers },
});

export const ANALYTICS_ENV = {
  ...BEHIND_PROXY,
  COUNTRY_HEADER: 'CF-IPCountry',
  REGION_HEADER: 'CF-Region-Code',
};

export function createAnalyticsKit(server: TestServer) {
  return {
    ...server,
    publishPage: async (): Promise<PublishedPage> => {
      const person = await server.signUp();
      const { items } = (await server.as(person, 'GET', '/api/pages')).body;
      const pageId: string = items[0].id;
      await server.as(person, 'PATCH', `/api/pages/${pageId}`, { published: true });
      const block = { type: 'link', title: 'Essay', url: 'https://example.com/essay' };
      const { body } = await server.as(person, 'POST', `/api/pages/${pageId}/blocks`, block);
      return { ...person, pageId, blockId: body.id };
    },
    view: ({ username }: SignedUp, options = asVisitor(), query = '') =>
      server.call('GET', `/@${username}${query}`, options),
    click: ({ blockId }: PublishedPage, options = asVisitor()) =>
      server.call('GET', `/go/${blockId}`, options),
    readAnalytics: async (page: PublishedPage, query = '') => {
      const { status, body } = await server.as(page, 'GET', `/api/pages/${page.pageId}/analytics${query}`);
      if (status !== 200) throw new Error(JSON.stringify(body));
      return body;
    },
  };
}
export type AnalyticsKit = ReturnType<typeof createAnalyticsKit>;

/** A server with the analytics kit for all tests of a file. */
export function useAnalyticsServer(): AnalyticsKit {
  const server = useTestServer({ env: ANALYTICS_ENV });
  return useObject(async () => createAnalyticsKit(server));
}

import type { Client } from './client.ts';
import { newHandle, type SignedUp } from './people.ts';

/** What tests of pages do most, as one person; everything must succeed. */
export function createEditor(server: Client, who: SignedUp) {
  const ask = (method: string, path: string, body?: object) => server.ask(who, method, path, body);
  return {
    ask,
    createPage: async (input: object = {}): Promise<{ id: string; handle: string }> => {
      const handle = newHandle();
      const { id } = await ask('POST', '/api/pages', { handle, published: true, ...input });
      return { id, handle };
    },
    /** The titles of the blocks of a page, in order. */
    listTitles: async (id: string): Promise<string[]> =>
      (await ask('GET', `/api/pages/${id}/blocks`)).items.map(({ title }: { title: string }) => title),
    /** The page as visitors get it. */
    see: async (handle: string) => (await server.get(`/api/public/pages/${handle}`)).body,
  };
}

/** A file as a page is exported, without its blocks. */
export const EXPORTED_PAGE = {
  format: 'linkgrove.page',
  formatVersion: 1,
  page: {
    title: 'T',
    bio: null,
    avatarUrl: null,
    theme: {
      preset: 'default',
      font: null,
      colorScheme: 'auto',
      colors: {},
      background: null,
      buttonShape: null,
      buttonStyle: null,
    },
    seo: { title: null, description: null, noindex: false },
  },
};

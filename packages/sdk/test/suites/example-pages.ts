import { pathToFileURL } from 'node:url';
import { BLOCK_TYPES } from '@linkgrove/api/testing';
import { describe, expect, it } from 'vitest';
import type { TestServer } from '../../../../apps/server/test/kit/index.ts';
import { BLOCK_SAMPLES } from '../../../../scripts/lib/example-pages/block-samples.ts';
import { createExamplePage } from '../../../../scripts/lib/example-pages/create.ts';
import { EXAMPLE_PAGES } from '../../../../scripts/lib/example-pages/index.ts';
import type { ExamplePage } from '../../../../scripts/lib/example-pages/types.ts';
import type { Consumer } from '../consumer-kit.ts';

export const describeExamplePages = (getConsumer: () => Consumer, getServer: () => TestServer) =>
  describe('the packed SDK makes', () => {
    const makePage = async (example: ExamplePage) => {
      const { createClient }: typeof import('../../src/index.ts') = await import(
        pathToFileURL(getConsumer().find('@linkgrove/sdk/dist/index.js')).href
      );
      const client = createClient({ url: getServer().url });
      const { handle } = await createExamplePage(client, example, (email) =>
        getServer().readMailedToken(email, 'Verify'),
      );
      const [shown, { body }] = await Promise.all([
        client.publicPages.get.query({ handle }),
        getServer().get(`/@${handle}`),
      ]);
      return { shown, html: String(body) };
    };

    it('one of the ten example pages, with its pictures and its group', async () => {
      const { shown, html } = await makePage(EXAMPLE_PAGES['musician'] ?? BLOCK_SAMPLES);
      expect(shown.avatarUrl).toMatch(/^https:\/\/files\.example\.net\//);
      const group = shown.blocks.find(({ type }) => type === 'group');
      expect(shown.blocks.filter(({ parentId }) => parentId === group?.id)).toHaveLength(3);
      for (const text of ['Low Tide comes out', 'Rotown, Rotterdam', '€28', 'Sign me up', 'Raised hands'])
        expect(html).toContain(text);
    });

    it('a page with a block of every type', async () => {
      const { shown } = await makePage(BLOCK_SAMPLES);
      expect(new Set(shown.blocks.map(({ type }) => type))).toEqual(new Set(BLOCK_TYPES));
    });
  });

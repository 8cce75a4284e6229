import type { ExampleBlock, ExamplePage } from './example-pages/types.ts';

// Pages that a design has to bear, for `scripts/look-at-presets.ts`.

const link = (title: string, description: string | null = null): ExampleBlock => ({
  type: 'link',
  title,
  url: 'https://example.com/',
  data: { description },
});

const createPlainPage = (
  handle: string,
  page: ReturnType<ExamplePage['page']>,
  blocks: ExampleBlock[],
): ExamplePage => ({ handle, files: {}, page: () => page, blocks: () => blocks });

const social: ExampleBlock = {
  type: 'social',
  data: {
    profiles: (['instagram', 'tiktok', 'youtube', 'x', 'facebook', 'github', 'linkedin'] as const).map(
      (platform) => ({ platform, url: `https://${platform}.com/example` }),
    ),
  },
};

export const HARD_PAGES: Record<string, ExamplePage> = {
  sixty: createPlainPage(
    'sixty.links',
    { title: 'Sixty links', bio: 'Everything I have ever made, in one list.' },
    Array.from({ length: 60 }, (_, index) => link(`Link number ${index + 1}`)),
  ),
  long: createPlainPage(
    'long.words',
    {
      title: 'Pneumonoultramicroscopicsilicovolcanoconiosis-and-its-friends',
      bio: 'One word of sixty letters, and what follows.',
    },
    [
      social,
      link('Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunter'),
      link('A'),
      link('👩‍👩‍👧‍👦🏳️‍🌈🇺🇦✨🎉🥨🚲🌍', '🦊'),
      {
        ...link(
          'A title that goes on for so long that it needs three lines on a phone and still is not at its end, which is here',
          'And its description is no shorter, because people write what they want to write, and it must fit',
        ),
        pinned: true,
      },
      { type: 'heading', title: 'A heading with many words that break over lines without leaving one alone' },
      {
        type: 'email',
        title: null,
        url: 'mailto:averyveryverylongaddress.withoutanyspaces@subdomain.of.a.long.example.com',
      },
      {
        type: 'product',
        title: 'Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichen',
        url: 'https://example.com/',
        data: { price: 123_456_789, priceBefore: 223_456_789, currency: 'EUR', description: 'Ein Stück' },
      },
      { type: 'group', title: 'Tiles', data: { layout: 'grid' } },
      { ...link('Betriebswerkbauunterbeamte'), in: 'Tiles' },
      { ...link('B', 'With a description'), in: 'Tiles' },
      { ...link('Three tiles leave one alone'), in: 'Tiles' },
    ],
  ),
  empty: createPlainPage('empty.page', { title: 'Sam' }, []),
};

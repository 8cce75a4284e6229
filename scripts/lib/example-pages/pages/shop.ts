import { drawCloth, drawDish, drawEmblem } from '../drawings.ts';
import type { ExampleBlock, ExamplePage } from '../types.ts';

const KNIFE =
  '<path d="M12 58 66 30q10-4 14 2 2 6-6 12L26 68Z" fill="#d9dde0"/><path d="m12 58 14 10-6 12q-8 6-14-2-4-8 0-14Z" fill="#8a5a34"/>';
const APRON =
  '<path d="M36 26h28v18l12 12v28H24V56l12-12Z" fill="#2f4b4a"/><path d="M36 26q14-14 28 0" fill="none" stroke="#2f4b4a" stroke-width="4"/><path d="M38 62h24v12H38Z" fill="#3f6462"/>';
const WARES = [
  { file: 'mare', title: 'Linen towel “Maré”', data: { price: 2_400 } },
  { file: 'sal', title: 'Linen towel “Sal”', data: { price: 2_400 } },
  { file: 'knife', title: 'Bread knife, olive wood', data: { price: 6_800, description: 'Three left' } },
  { file: 'apron', title: 'Apron “Douro”', data: { price: 3_900, priceBefore: 4_900 } },
  {
    file: 'loaf',
    title: 'Sourdough workshop',
    data: { price: 8_500, description: 'Saturdays in Porto, four hours' },
  },
  { file: 'box', title: 'Second-choice box', data: { price: 3_000, soldOut: true } },
];

export const shop: ExamplePage = {
  handle: 'loomandloaf',
  files: {
    logo: {
      purpose: 'avatar',
      name: 'logo.jpg',
      draw: () =>
        drawEmblem({
          back: ['#fff6ea', '#f6dcc0'],
          shape:
            '<g stroke="#8a3b2a" stroke-width="4" fill="none"><path d="M26 30h48M26 42h48M26 54h48M26 66h48"/><path d="M34 22v52M50 22v52M66 22v52" stroke="#d98b5f"/></g>',
        }),
    },
    mare: {
      purpose: 'thumbnail',
      name: 'mare.jpg',
      draw: () => drawCloth({ colors: ['#eef1ee', '#2f6f8f', '#7fb3c8', '#1d4258'], seed: 3 }),
    },
    sal: {
      purpose: 'thumbnail',
      name: 'sal.jpg',
      draw: () => drawCloth({ colors: ['#f7f3ea', '#d9cbb2', '#b9a583', '#efe7d6'], seed: 8 }),
    },
    knife: {
      purpose: 'thumbnail',
      name: 'knife.jpg',
      draw: () => drawEmblem({ back: ['#e9d9c2', '#cdb592'], shape: KNIFE }),
    },
    apron: {
      purpose: 'thumbnail',
      name: 'apron.jpg',
      draw: () => drawEmblem({ back: ['#f2e6d8', '#e2cdb4'], shape: APRON }),
    },
    loaf: {
      purpose: 'thumbnail',
      name: 'workshop.jpg',
      draw: () => drawDish({ table: '#7a6350', food: ['#a9652f', '#e6b877'], seed: 1, kind: 'loaf' }),
    },
    box: {
      purpose: 'thumbnail',
      name: 'box.jpg',
      draw: () => drawCloth({ colors: ['#f3e3d3', '#c9583f', '#e79a6b', '#8a3b2a'], seed: 19 }),
    },
  },
  page: (file) => ({
    title: 'Loom & Loaf',
    bio: 'Hand-woven towels and bread knives. Ships from Porto.',
    avatarUrl: file('logo').url,
    theme: { preset: 'clay' },
  }),
  blocks: (file) => [
    {
      type: 'countdown',
      title: 'Last orders for Christmas',
      data: { until: '2027-12-15T23:59:00Z', timezone: 'Europe/Lisbon', after: 'See you next year' },
    },
    { type: 'group', title: 'From the loom', data: { layout: 'grid' } },
    ...WARES.map(({ file: name, title, data }): ExampleBlock => ({
      type: 'product',
      title,
      url: `https://loomandloaf.example/p/${name}`,
      thumbnailUrl: file(name).url,
      in: 'From the loom',
      data: { currency: 'EUR', ...data },
    })),
    { type: 'link', title: 'All 64 things', url: 'https://loomandloaf.example', pinned: true },
    {
      type: 'faq',
      title: 'Before you order',
      data: {
        items: [
          { question: 'How long does it take?', answer: 'Two days in Portugal, **four to six** in Europe.' },
          { question: 'Can I send it back?', answer: 'Within 30 days, unwashed. Knives too.' },
          {
            question: 'Do you sell to shops?',
            answer: 'Yes: [wholesale](https://loomandloaf.example/wholesale).',
          },
        ],
      },
    },
    {
      type: 'form',
      title: 'New cloth, once a month',
      data: { fields: [{ field: 'email' }], consent: 'You may mail me when there is new cloth.' },
    },
    {
      type: 'social',
      data: {
        profiles: [
          { platform: 'instagram', url: 'https://instagram.com/loomandloaf.example' },
          { platform: 'pinterest', url: 'https://pinterest.com/loomandloaf' },
          { platform: 'etsy', url: 'https://etsy.com/shop/loomandloaf' },
        ],
      },
    },
  ],
};

import { drawArchitecture, drawPortrait } from '../drawings.ts';
import type { ExampleFile, ExamplePage } from '../types.ts';

const VIEWS = {
  tower: 'A tower narrowing into a pale sky',
  stairs: 'A spiral staircase from below',
  arches: 'Four arches, each lighter than the last',
  columns: 'Columns and their shadows at noon',
  cables: 'The cables of a bridge, seen from its middle',
  window: 'One window in a dark room',
  dome: 'The inside of a glass dome',
} as const;
type View = keyof typeof VIEWS;
const NAMES = Object.keys(VIEWS).filter((name): name is View => name in VIEWS);

const toFile = (view: View): ExampleFile => ({
  purpose: 'image',
  name: `${view}.jpg`,
  alt: VIEWS[view],
  draw: () => drawArchitecture(view),
});

export const photographer: ExamplePage = {
  handle: 'ilka.sommerfeld',
  files: {
    self: {
      purpose: 'avatar',
      name: 'ilka.jpg',
      draw: () =>
        drawPortrait({
          back: ['#cfc7ba', '#8f8a82'],
          skin: '#d8cfc4',
          hair: '#2a2725',
          clothes: '#1d1b1a',
          long: true,
        }),
    },
    ...Object.fromEntries(NAMES.map((view) => [view, toFile(view)])),
  },
  page: (file) => ({
    title: 'Ilka Sommerfeld',
    bio: 'Architecture and silence. Leipzig.',
    avatarUrl: file('self').url,
    theme: { preset: 'gallery', avatarShape: 'arch' },
  }),
  blocks: (file) => [
    {
      type: 'social',
      data: {
        profiles: [
          { platform: 'instagram', url: 'https://instagram.com/ilka.example' },
          { platform: 'behance', url: 'https://behance.net/ilka-example' },
          { platform: 'pinterest', url: 'https://pinterest.com/ilka-example' },
        ],
      },
    },
    { type: 'image', data: { fileId: file('stairs').id, link: 'https://ilka.example/work/stairs' } },
    {
      type: 'gallery',
      title: 'Selected work',
      data: {
        items: NAMES.filter((view) => view !== 'stairs').map((view) => ({
          fileId: file(view).id,
          caption: VIEWS[view],
        })),
      },
    },
    {
      type: 'product',
      title: 'Print: Stairs',
      url: 'https://prints.ilka.example/stairs',
      data: { price: 18_000, currency: 'EUR', description: 'Baryta, 40 × 50 cm, edition of 25' },
    },
    {
      type: 'product',
      title: 'Print: Dome',
      url: 'https://prints.ilka.example/dome',
      data: {
        price: 24_000,
        currency: 'EUR',
        description: 'Baryta, 50 × 70 cm, edition of 12',
        soldOut: true,
      },
    },
    {
      type: 'event',
      title: 'Exhibition: Quiet rooms',
      url: 'https://gallery.example.com/quiet-rooms',
      data: {
        beginsAt: '2027-10-08T17:00:00Z',
        timezone: 'Europe/Berlin',
        place: 'Spinnereistraße 7, Leipzig',
        description: 'Until the end of November',
      },
    },
    {
      type: 'form',
      title: 'Commissions',
      data: {
        description: 'Tell me of the building and the season you think of.',
        fields: [{ field: 'name' }, { field: 'email' }, { field: 'message' }],
      },
    },
  ],
};

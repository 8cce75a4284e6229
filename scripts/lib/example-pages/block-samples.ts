import { drawCloth, drawEngine, drawLandscape, drawPortrait, drawStage } from './drawings.ts';
import { createDocument, createEmptyVideo, createSilence } from './samples.ts';
import type { ExampleBlock, ExamplePage } from './types.ts';

const SHORE = { sky: ['#cfe4ea', '#f4efdc'], sun: '#fff6d8', layers: ['#9dbb9d', '#6f9a7c', '#3f7468'] };

const BUTTONS_AND_CARDS: ExampleBlock[] = [
  { type: 'email', title: 'Write to me', url: 'mailto:ada@example.com' },
  { type: 'phone', title: 'Call me', url: 'tel:+442079460123' },
  { type: 'group', title: 'Talks', data: { layout: 'grid' } },
  { type: 'link', title: 'London', url: 'https://example.com/london', in: 'Talks' },
  { type: 'link', title: 'Turin', url: 'https://example.com/turin', in: 'Talks' },
  { type: 'divider', data: { style: 'dots' } },
  {
    type: 'faq',
    title: 'Questions',
    data: {
      items: [
        { question: 'Do you give lectures?', answer: 'Yes, **on request**.' },
        { question: 'Where is the engine?', answer: 'In London.' },
      ],
    },
  },
  {
    type: 'map',
    title: 'Science Museum',
    data: { latitude: 51.4978, longitude: -0.1745, address: 'Exhibition Road, London' },
  },
  {
    type: 'countdown',
    title: 'The engine starts',
    data: { until: '2027-12-10T09:00:00Z', timezone: 'Europe/London' },
  },
];

const BUSINESS: ExampleBlock[] = [
  {
    type: 'menu',
    title: 'Tea room',
    data: {
      currency: 'GBP',
      sections: [
        {
          title: 'Tea',
          items: [
            { name: 'Darjeeling', description: 'First flush', price: 450 },
            { name: 'Assam', price: 400 },
          ],
        },
      ],
      note: 'Ask us about allergens.',
    },
  },
  {
    type: 'hours',
    title: 'Reading room',
    data: {
      timezone: 'Europe/London',
      week: (['monday', 'tuesday', 'thursday', 'friday'] as const).map((day) => ({
        day,
        opens: '09:00',
        closes: '18:00',
      })),
    },
  },
];

const EVENT_AND_FORMS: ExampleBlock[] = [
  {
    type: 'event',
    title: 'A talk about engines',
    url: 'https://tickets.example.com/engines',
    data: {
      beginsAt: '2027-12-01T18:00:00Z',
      timezone: 'Europe/London',
      place: 'Royal Institution, London',
    },
  },
  {
    type: 'form',
    title: 'Write to me',
    data: { fields: [{ field: 'email' }, { field: 'message' }], consent: 'You may answer me by mail.' },
  },
  {
    type: 'support',
    title: 'Buy me a tea',
    url: 'https://paypal.me/ada',
    data: { currency: 'GBP', amounts: [300, 500] },
  },
  {
    type: 'referral',
    title: 'Make a page like this one',
    data: { message: 'It is free, and we both get something.' },
  },
];

/** One block of each type, for the pictures of docs/blocks.md. */
export const BLOCK_SAMPLES: ExamplePage = {
  handle: 'block.samples',
  files: {
    portrait: {
      purpose: 'avatar',
      name: 'ada.jpg',
      draw: () =>
        drawPortrait({
          back: ['#e2e0d6', '#b8c9bd'],
          skin: '#eac5a5',
          hair: '#3a2418',
          clothes: '#1a6a45',
          long: true,
        }),
    },
    shore: {
      purpose: 'image',
      name: 'shore.jpg',
      alt: 'A shore',
      draw: () => drawLandscape({ ...SHORE, seed: 5, water: true }),
    },
    hills: {
      purpose: 'image',
      name: 'hills.jpg',
      alt: 'Hills',
      draw: () => drawLandscape({ ...SHORE, seed: 17 }),
    },
    stage: {
      purpose: 'image',
      name: 'stage.jpg',
      alt: 'A stage',
      draw: () => drawStage({ back: ['#0d1530', '#3b2a57'], beams: ['#7aa7ff', '#ffb36b'], seed: 3 }),
    },
    cloth: {
      purpose: 'thumbnail',
      name: 'cloth.jpg',
      draw: () => drawCloth({ colors: ['#eef1ee', '#1a6a45', '#7bd3a5', '#0f3f2a'], seed: 3 }),
    },
    engine: { purpose: 'image', name: 'engine.jpg', alt: 'Wheels of the engine', draw: drawEngine },
    film: { purpose: 'video', name: 'film.mp4', draw: async () => createEmptyVideo() },
    song: { purpose: 'audio', name: 'song.wav', draw: async () => createSilence() },
    notes: { purpose: 'file', name: 'Notes.pdf', draw: async () => createDocument('notes') },
  },
  page: (file) => ({ title: 'Ada Lovelace', bio: 'One block of each type', avatarUrl: file('portrait').url }),
  blocks: (file) => [
    {
      type: 'social',
      data: {
        profiles: [
          { platform: 'instagram', url: 'https://instagram.com/ada' },
          { platform: 'github', url: 'https://github.com/ada' },
          { platform: 'mastodon', url: 'https://mastodon.example/@ada' },
        ],
      },
    },
    {
      type: 'link',
      title: 'My notes on the engine',
      url: 'https://example.com/notes',
      thumbnailUrl: file('cloth').url,
      data: { description: 'With the first program' },
    },
    { type: 'heading', title: 'Writing' },
    {
      type: 'text',
      title: 'About',
      data: { text: 'I write about **engines**, and about:\n\n- numbers\n- [poems](https://example.com)' },
    },
    { type: 'image', title: 'The shore at Ockham', data: { fileId: file('shore').id } },
    { type: 'embed', title: 'A talk', url: 'https://www.youtube.com/watch?v=dQw4w9WgXcQ' },
    ...BUTTONS_AND_CARDS,
    {
      type: 'product',
      title: 'Woven pattern card',
      url: 'https://shop.example.com/card',
      thumbnailUrl: file('cloth').url,
      data: { price: 2_500, priceBefore: 3_000, currency: 'GBP', description: 'Linen, signed' },
    },
    ...BUSINESS,
    {
      type: 'music',
      title: 'Diamond Waltz',
      thumbnailUrl: file('cloth').url,
      data: {
        artist: 'Ada',
        services: [
          { service: 'bandcamp', url: 'https://ada.bandcamp.com/album/diamond-waltz' },
          { service: 'spotify', url: 'https://open.spotify.com/album/diamond' },
        ],
      },
    },
    ...EVENT_AND_FORMS,
    {
      type: 'gallery',
      title: 'Pictures',
      data: { items: ['shore', 'hills', 'stage'].map((name) => ({ fileId: file(name).id })) },
    },
    {
      type: 'video',
      title: 'The engine at work',
      data: { fileId: file('film').id, posterFileId: file('engine').id },
    },
    { type: 'audio', title: 'How it sounds', data: { fileId: file('song').id, description: 'A minute' } },
    { type: 'file', title: 'My notes', data: { fileId: file('notes').id, description: 'With all tables' } },
  ],
};

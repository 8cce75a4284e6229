import { drawLandscape, drawPortrait, drawStage } from '../drawings.ts';
import type { ExampleBlock, ExamplePage } from '../types.ts';

const TIDE = {
  sky: ['#10192e', '#3d5473', '#c98d74'],
  sun: '#f6dfc0',
  layers: ['#2c4059', '#1d2e45', '#111d30'],
};
const EUROPE = { timezone: 'Europe/Amsterdam' };

const CONCERTS: ExampleBlock[] = [
  { type: 'group', title: 'On tour', data: { collapsible: true } },
  {
    type: 'event',
    title: 'Rotown, Rotterdam',
    url: 'https://tickets.example.com/rotown',
    in: 'On tour',
    data: { beginsAt: '2028-01-18T19:30:00Z', ...EUROPE, place: 'Nieuwe Binnenweg 19, Rotterdam' },
  },
  {
    type: 'event',
    title: 'Gebäude 9, Köln',
    url: 'https://tickets.example.com/koeln',
    in: 'On tour',
    data: {
      beginsAt: '2028-01-24T19:00:00Z',
      timezone: 'Europe/Berlin',
      place: 'Deutz-Mülheimer Straße 127',
    },
  },
  {
    type: 'event',
    title: 'Loppen, København',
    url: 'https://tickets.example.com/loppen',
    in: 'On tour',
    data: {
      beginsAt: '2028-01-27T20:00:00Z',
      timezone: 'Europe/Copenhagen',
      place: 'Sydområdet 4B',
      description: 'With Maren Holt',
    },
  },
];

export const musician: ExamplePage = {
  handle: 'noravalk',
  files: {
    portrait: {
      purpose: 'avatar',
      name: 'nora.jpg',
      draw: () =>
        drawPortrait({
          back: ['#33435f', '#c98d74'],
          skin: '#e9b996',
          hair: '#5b2b1c',
          clothes: '#182338',
          long: true,
        }),
    },
    cover: {
      purpose: 'thumbnail',
      name: 'low-tide.jpg',
      draw: () => drawLandscape({ ...TIDE, seed: 7, size: { width: 800, height: 800 }, water: true }),
    },
    live: {
      purpose: 'image',
      name: 'de-doelen.jpg',
      alt: 'Blue and amber lights over the crowd in Rotterdam',
      draw: () => drawStage({ back: ['#0d1530', '#3b2a57'], beams: ['#7aa7ff', '#ffb36b'], seed: 3 }),
    },
    backstage: {
      purpose: 'image',
      name: 'harbour.jpg',
      alt: 'The harbour at dusk, where the record was written',
      draw: () => drawLandscape({ ...TIDE, seed: 21, water: true }),
    },
    encore: {
      purpose: 'image',
      name: 'encore.jpg',
      alt: 'Raised hands during the encore',
      draw: () => drawStage({ back: ['#2a0f1f', '#7a2c3a'], beams: ['#ffd9a0', '#ff7a7a'], seed: 11 }),
    },
  },
  page: (file) => ({
    title: 'Nora Valk',
    bio: 'Indie folk from Rotterdam. The new album “Low Tide” is out in December.',
    avatarUrl: file('portrait').url,
    theme: { preset: 'midnight', font: 'fraunces', buttonStyle: 'outline', headerLayout: 'hero' },
    seo: {
      title: 'Nora Valk: music, tour and records',
      description: 'Albums, tour dates and merch of Nora Valk',
    },
  }),
  blocks: (file) => [
    {
      type: 'social',
      data: {
        profiles: [
          { platform: 'instagram', url: 'https://instagram.com/noravalk.example' },
          { platform: 'youtube', url: 'https://youtube.com/@noravalk.example' },
          { platform: 'tiktok', url: 'https://tiktok.com/@noravalk.example' },
          { platform: 'spotify', url: 'https://open.spotify.com/artist/noravalk' },
        ],
      },
    },
    {
      type: 'countdown',
      title: 'Low Tide comes out',
      data: { until: '2027-12-09T23:00:00Z', ...EUROPE, after: 'Low Tide is out now' },
    },
    {
      type: 'music',
      title: 'Harbour Lights',
      thumbnailUrl: file('cover').url,
      data: {
        artist: 'Nora Valk',
        services: [
          { service: 'spotify', url: 'https://open.spotify.com/track/harbourlights' },
          { service: 'apple-music', url: 'https://music.apple.com/nl/album/harbour-lights' },
          { service: 'bandcamp', url: 'https://noravalk.bandcamp.com/track/harbour-lights' },
          { service: 'deezer', url: 'https://www.deezer.com/track/harbourlights' },
          { service: 'tidal', url: 'https://tidal.com/track/harbourlights' },
        ],
      },
    },
    ...CONCERTS,
    {
      type: 'gallery',
      title: 'From the last tour',
      data: {
        items: ['live', 'backstage', 'encore'].map((name) => ({ fileId: file(name).id })),
      },
    },
    {
      type: 'product',
      title: 'Low Tide on vinyl',
      url: 'https://shop.example.com/low-tide',
      thumbnailUrl: file('cover').url,
      data: { price: 2_800, currency: 'EUR', description: 'Sea-green, 500 copies, signed' },
    },
    {
      type: 'form',
      title: 'Letters from the road',
      data: {
        description: 'Four a year, with a demo in each.',
        fields: [{ field: 'email' }],
        consent: 'You may send me your letters. I can leave at any time.',
        button: 'Sign me up',
      },
    },
    { type: 'email', title: 'Booking', url: 'mailto:booking@noravalk.example' },
  ],
};

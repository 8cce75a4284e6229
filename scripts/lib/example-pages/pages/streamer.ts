import { drawEmblem, drawPixels } from '../drawings.ts';
import type { ExamplePage } from '../types.ts';

const PARTS = [
  ['Ryzen 7 and a quiet cooler', 'https://shop.example.com/cpu'],
  ['The good microphone', 'https://shop.example.com/mic'],
  ['Keyboard, tactile switches', 'https://shop.example.com/keyboard'],
  ['Chair that saved my back', 'https://shop.example.com/chair'],
] as const;

export const streamer: ExamplePage = {
  handle: 'pixelpaws',
  files: {
    paws: {
      purpose: 'avatar',
      name: 'paws.jpg',
      draw: () =>
        drawEmblem({
          back: ['#7c3aed', '#22d3ee'],
          shape:
            '<g fill="#12082b" shape-rendering="crispEdges"><path d="M24 30h8v-8h8v8h20v-8h8v8h8v44h-8v8H32v-8h-8Z"/></g><g fill="#fff" shape-rendering="crispEdges"><path d="M36 44h8v10h-8ZM58 44h8v10h-8Z"/></g><path d="M46 60h10v5h-5v4h-2v-4h-3Z" fill="#ff8ad4"/>',
        }),
    },
    scene: {
      purpose: 'image',
      name: 'scene.jpg',
      alt: 'A mountain pass at night in the game of this season',
      draw: () => drawPixels({ colors: ['#160a33', '#3b2370', '#5b3fa8', '#22d3ee'], seed: 12 }),
    },
    shirt: {
      purpose: 'thumbnail',
      name: 'shirt.jpg',
      draw: () =>
        drawEmblem({
          back: ['#e9e4ff', '#cfc4ff'],
          shape:
            '<path d="M28 26 42 20q8 8 16 0l14 6 12 16-12 8-4-5v36H32V45l-4 5-12-8Z" fill="#1b1040"/><path d="M44 44h12v12H44Z" fill="#22d3ee"/>',
        }),
    },
  },
  page: (file) => ({
    title: 'PixelPaws',
    bio: 'Cosy speedruns, bad puns, one cat. Live on Tuesdays, Thursdays and Saturdays, 19:00 CET.',
    avatarUrl: file('paws').url,
    theme: { preset: 'neon', avatarShape: 'rounded' },
  }),
  blocks: (file) => [
    {
      type: 'social',
      data: {
        profiles: [
          { platform: 'twitch', url: 'https://twitch.tv/pixelpaws_example' },
          { platform: 'youtube', url: 'https://youtube.com/@pixelpaws_example' },
          { platform: 'discord', url: 'https://discord.gg/pixelpaws' },
          { platform: 'bluesky', url: 'https://bsky.app/profile/pixelpaws.example' },
        ],
      },
    },
    { type: 'link', title: 'Watch live', url: 'https://twitch.tv/pixelpaws_example', pinned: true },
    {
      type: 'countdown',
      title: '24-hour charity run',
      data: { until: '2027-12-18T18:00:00Z', timezone: 'Europe/Berlin', after: 'We are live!' },
    },
    { type: 'image', title: 'This season: Frostpeak any%', data: { fileId: file('scene').id } },
    {
      type: 'support',
      title: 'Treats for the cat',
      url: 'https://ko-fi.com/pixelpaws',
      data: { message: 'Every treat is read out on stream.', currency: 'EUR', amounts: [300, 500, 1_000] },
    },
    { type: 'embed', title: 'World record, 41:07', url: 'https://www.youtube.com/watch?v=dQw4w9WgXcQ' },
    { type: 'group', title: 'My setup', data: { layout: 'grid', collapsible: true, open: true } },
    ...PARTS.map(([title, url]) => ({ type: 'link' as const, title, url, in: 'My setup' })),
    {
      type: 'product',
      title: 'Paws tee',
      url: 'https://shop.example.com/tee',
      thumbnailUrl: file('shirt').url,
      data: { price: 2_400, priceBefore: 2_900, currency: 'EUR', description: 'Organic cotton, S to 4XL' },
    },
    {
      type: 'faq',
      title: 'Rules of the chat',
      data: {
        items: [
          { question: 'May I clip the stream?', answer: 'Please do, and tag **@pixelpaws**.' },
          {
            question: 'Do you take game requests?',
            answer: 'Saturdays are viewers’ choice. Vote on Discord.',
          },
        ],
      },
    },
    { type: 'email', title: 'Business', url: 'mailto:business@pixelpaws.example' },
  ],
};

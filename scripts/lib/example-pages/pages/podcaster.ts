import { drawDish, drawEmblem, drawLandscape } from '../drawings.ts';
import { createSilence } from '../samples.ts';
import type { ExampleBlock, ExamplePage } from '../types.ts';

const KETTLE =
  '<path d="M26 46h44c6 0 10 8 10 18 0 12-12 18-32 18S16 76 16 64c0-10 4-18 10-18Z" fill="#f6efe0"/><path d="M78 54c10-2 14 6 8 12l-10 8" fill="none" stroke="#f6efe0" stroke-width="5"/><path d="M36 46c0-8 24-8 24 0" fill="none" stroke="#f6efe0" stroke-width="5"/><g fill="none" stroke="#f2c57c" stroke-width="4" stroke-linecap="round"><path d="M38 34q-5-6 0-12t0-12M50 32q-5-6 0-12t0-12M62 34q-5-6 0-12t0-12"/></g>';
const SMALL = { width: 600, height: 600 };

const QUESTIONS_AND_PROFILES: ExampleBlock[] = [
  {
    type: 'faq',
    title: 'Asked at the table',
    data: {
      items: [
        {
          question: 'May I be a guest?',
          answer: 'If you do something that takes **longer than a year**, write to us.',
        },
        {
          question: 'Where are the transcripts?',
          answer: 'Below each episode on [our site](https://kettle.example).',
        },
      ],
    },
  },
  {
    type: 'social',
    data: {
      profiles: [
        { platform: 'patreon', url: 'https://patreon.com/slowkettle' },
        { platform: 'bluesky', url: 'https://bsky.app/profile/kettle.example' },
        { platform: 'threads', url: 'https://threads.net/@kettle.example' },
      ],
    },
  },
];

export const podcaster: ExamplePage = {
  handle: 'slow.kettle',
  files: {
    cover: {
      purpose: 'avatar',
      name: 'cover.jpg',
      draw: () => drawEmblem({ back: ['#9a3a1c', '#5e2413'], shape: KETTLE }),
    },
    sourdough: { purpose: 'audio', name: 'Episode 47 (teaser).wav', draw: async () => createSilence() },
    bread: {
      purpose: 'thumbnail',
      name: 'bread.jpg',
      draw: () =>
        drawDish({ table: '#c9b08d', food: ['#a8642f', '#e2b06a'], seed: 2, kind: 'loaf', size: SMALL }),
    },
    glaciers: {
      purpose: 'thumbnail',
      name: 'glaciers.jpg',
      draw: () =>
        drawLandscape({
          sky: ['#6d9bc3', '#e6f1f6'],
          sun: '#ffffff',
          layers: ['#dfeaf0', '#a9c3d4', '#5f849c'],
          seed: 46,
          size: SMALL,
        }),
    },
    letters: {
      purpose: 'thumbnail',
      name: 'letters.jpg',
      draw: () =>
        drawEmblem({
          back: ['#f1e3c8', '#dcc59b'],
          size: SMALL,
          shape:
            '<path d="M16 30h68v44H16Z" fill="#fffaf0" stroke="#9a3a1c" stroke-width="3"/><path d="m16 30 34 26 34-26" fill="none" stroke="#9a3a1c" stroke-width="3"/><circle cx="50" cy="56" r="7" fill="#9a3a1c"/>',
        }),
    },
  },
  page: (file) => ({
    title: 'The Slow Kettle',
    bio: 'A podcast about things that take time.\nA new episode every other Wednesday.',
    avatarUrl: file('cover').url,
    theme: { preset: 'poster', avatarShape: 'rounded', avatarSize: 'large' },
  }),
  blocks: (file) => [
    {
      type: 'audio',
      title: '47: Sourdough, with a stonemason',
      data: { fileId: file('sourdough').id, description: 'The first minute. 58 minutes in your app.' },
    },
    {
      type: 'music',
      title: 'Listen in your app',
      thumbnailUrl: file('cover').url,
      data: {
        services: [
          { service: 'spotify', url: 'https://open.spotify.com/show/slowkettle' },
          { service: 'youtube-music', url: 'https://music.youtube.com/podcast/slowkettle' },
          { service: 'deezer', url: 'https://www.deezer.com/show/slowkettle' },
          { service: 'other', url: 'https://overcast.example/slowkettle' },
        ],
      },
    },
    { type: 'group', title: 'This season', data: { collapsible: true } },
    {
      type: 'link',
      title: '46: Glaciers',
      url: 'https://kettle.example/46',
      thumbnailUrl: file('glaciers').url,
      in: 'This season',
      data: { description: '52 min · 12 November' },
    },
    {
      type: 'link',
      title: '45: Sending letters',
      url: 'https://kettle.example/45',
      thumbnailUrl: file('letters').url,
      in: 'This season',
      data: { description: '47 min · 29 October' },
    },
    {
      type: 'link',
      title: '44: Whisky',
      url: 'https://kettle.example/44',
      thumbnailUrl: file('bread').url,
      gate: '21+',
      in: 'This season',
      data: { description: '61 min · 15 October' },
    },
    {
      type: 'support',
      title: 'Keep the kettle on',
      url: 'https://patreon.com/slowkettle',
      data: {
        message: 'No adverts, ever. 412 of you pay for the microphones.',
        currency: 'USD',
        amounts: [300, 700],
      },
    },
    {
      type: 'form',
      title: 'One letter per season',
      data: {
        fields: [{ field: 'email' }],
        consent: 'You may send me four letters a year.',
        button: 'Send it to me',
      },
    },
    ...QUESTIONS_AND_PROFILES,
  ],
};

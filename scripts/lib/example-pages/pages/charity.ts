import { drawEmblem, drawLandscape } from '../drawings.ts';
import { createDocument } from '../samples.ts';
import type { ExamplePage } from '../types.ts';

const MARSH = {
  sky: ['#cfe4ea', '#f4efdc'],
  sun: '#fff6d8',
  layers: ['#9dbb9d', '#6f9a7c', '#3f7468', '#2b5a63'],
};

export const charity: ExamplePage = {
  handle: 'clean.estuary',
  files: {
    logo: {
      purpose: 'avatar',
      name: 'estuary.jpg',
      draw: () =>
        drawEmblem({
          back: ['#17623a', '#0f4b52'],
          shape:
            '<g fill="none" stroke="#eaf7e6" stroke-width="5" stroke-linecap="round"><path d="M20 66q10-9 20 0t20 0 20 0M20 79q10-9 20 0t20 0 20 0"/></g><path d="M50 20c16 14 16 30 0 38-16-8-16-24 0-38Z" fill="#a5e3b5"/><path d="M50 26v32" stroke="#17623a" stroke-width="3"/>',
        }),
    },
    shore: {
      purpose: 'image',
      name: 'shore.jpg',
      alt: 'The Mere estuary at low water on a spring morning',
      draw: () => drawLandscape({ ...MARSH, seed: 31, water: true }),
    },
    seagrass: {
      purpose: 'thumbnail',
      name: 'seagrass.jpg',
      draw: () =>
        drawLandscape({
          ...MARSH,
          sky: ['#0f4b52', '#2b7a78'],
          sun: '#8fd3b6',
          seed: 4,
          size: { width: 600, height: 600 },
        }),
    },
    report: {
      purpose: 'file',
      name: 'Annual report.pdf',
      draw: async () => createDocument('report'),
    },
  },
  page: (file) => ({
    title: 'Clean Estuary Trust',
    bio: 'Volunteers who keep the Mere estuary alive since 1998.\nRegistered charity (fictional) 000000',
    avatarUrl: file('logo').url,
    theme: { preset: 'meadow', font: 'figtree', headerLayout: 'banner' },
  }),
  blocks: (file) => [
    {
      type: 'support',
      title: '£10 plants four square metres of seagrass',
      url: 'https://donate.estuary.example',
      pinned: true,
      data: {
        message: '£18,420 of £25,000 raised this year.',
        currency: 'GBP',
        amounts: [1_000, 2_500, 5_000],
        amountUrl: 'https://donate.estuary.example/?amount={amount}',
      },
    },
    { type: 'image', title: 'Spring tide, seen from Ferry Hill', data: { fileId: file('shore').id } },
    {
      type: 'event',
      title: 'Beach clean at Ferry Hill',
      url: 'https://estuary.example/events/ferry-hill',
      data: {
        beginsAt: '2027-09-12T09:00:00Z',
        finishesAt: '2027-09-12T12:00:00Z',
        timezone: 'Europe/London',
        place: 'Car park, Ferry Hill',
        description: 'Gloves, bags and tea are there.',
      },
    },
    { type: 'group', title: 'Get involved', data: { layout: 'grid' } },
    { type: 'link', title: 'Become a member', url: 'https://estuary.example/join', in: 'Get involved' },
    {
      type: 'link',
      title: 'Bring your company',
      url: 'https://estuary.example/business',
      in: 'Get involved',
    },
    { type: 'link', title: 'Teach a class', url: 'https://estuary.example/schools', in: 'Get involved' },
    { type: 'link', title: 'Adopt a mile', url: 'https://estuary.example/mile', in: 'Get involved' },
    {
      type: 'text',
      title: 'Where your money goes',
      data: {
        text: '| | |\n|---|---|\n| Restoration | **82 %** |\n| Education | **11 %** |\n| Running costs | **7 %** |',
      },
    },
    {
      type: 'file',
      title: 'Annual report',
      data: { fileId: file('report').id, description: 'With audited accounts' },
    },
    {
      type: 'form',
      title: 'Volunteer with us',
      data: {
        description: 'Tell us when you are free. A coordinator writes back within a week.',
        fields: [{ field: 'name' }, { field: 'email' }, { field: 'message', required: false }],
        consent: 'The trust may write to me about volunteering.',
      },
    },
    { type: 'phone', title: 'Pollution hotline', url: 'tel:+442079460000' },
    {
      type: 'social',
      data: {
        profiles: [
          { platform: 'facebook', url: 'https://facebook.com/estuary.example' },
          { platform: 'mastodon', url: 'https://mastodon.example/@estuary' },
          { platform: 'linkedin', url: 'https://linkedin.com/company/estuary-example' },
        ],
      },
    },
  ],
};

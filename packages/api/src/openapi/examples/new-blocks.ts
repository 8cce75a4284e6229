import { IDS } from './shared.ts';
import type { RouterExamples } from './types.ts';

/** One of each type. */
export const NEW_BLOCKS: NonNullable<RouterExamples<'blocks'>['create']['bodies']> = {
  link: {
    type: 'link',
    title: 'My notes on the engine',
    url: 'https://example.com/notes',
    data: { description: 'With the first program' },
  },
  heading: { type: 'heading', title: 'Writing' },
  text: { type: 'text', data: { text: 'I write about **engines**.' } },
  image: {
    type: 'image',
    url: 'https://example.com/engine.jpg',
    data: { alt: 'A drawing of the engine', link: 'https://example.com/engine' },
  },
  embed: { type: 'embed', url: 'https://www.youtube.com/watch?v=dQw4w9WgXcQ' },
  social: {
    type: 'social',
    data: { profiles: [{ platform: 'github', url: 'https://github.com/ada' }] },
  },
  email: { type: 'email', title: 'Write to me', url: 'mailto:ada@example.com' },
  phone: { type: 'phone', title: 'Call me', url: 'tel:+442079460123' },
  group: { type: 'group', title: 'Talks', data: { layout: 'grid', collapsible: true } },
  divider: { type: 'divider', data: { style: 'dots' } },
  faq: {
    type: 'faq',
    title: 'Questions',
    data: { items: [{ question: 'Do you give lectures?', answer: 'Yes, **on request**.' }] },
  },
  map: {
    type: 'map',
    title: 'Science Museum',
    data: { latitude: 51.4978, longitude: -0.1745, address: 'Exhibition Road, London' },
  },
  countdown: {
    type: 'countdown',
    title: 'The engine starts',
    data: { until: '2027-12-10T09:00:00Z', timezone: 'Europe/London', after: 'It runs' },
  },
  product: {
    type: 'product',
    title: 'Sketch of the engine',
    url: 'https://shop.example.com/sketch',
    data: { price: 2500, currency: 'GBP', priceBefore: 3000, description: 'A signed print' },
  },
  menu: {
    type: 'menu',
    title: 'Tea room',
    data: {
      currency: 'GBP',
      sections: [{ title: 'Tea', items: [{ name: 'Darjeeling', description: 'First flush', price: 450 }] }],
      note: 'Ask us about allergens.',
    },
  },
  hours: {
    type: 'hours',
    title: 'Reading room',
    data: {
      timezone: 'Europe/London',
      week: [
        { day: 'monday', opens: '09:00', closes: '12:30' },
        { day: 'monday', opens: '14:00', closes: '18:00' },
      ],
      exceptions: [{ date: '2026-12-28', periods: [], note: 'Bank holiday' }],
    },
  },
  music: {
    type: 'music',
    title: 'Diamond Waltz',
    data: {
      artist: 'Ada',
      services: [{ service: 'bandcamp', url: 'https://ada.bandcamp.com/album/diamond-waltz' }],
    },
  },
  event: {
    type: 'event',
    title: 'A talk about engines',
    url: 'https://tickets.example.com/engines',
    data: {
      beginsAt: '2027-03-01T18:00:00Z',
      finishesAt: '2027-03-01T20:00:00Z',
      timezone: 'Europe/London',
      place: 'Royal Institution, London',
    },
  },
  form: {
    type: 'form',
    title: 'Write to me',
    data: {
      fields: [{ field: 'email' }, { field: 'name', required: false }, { field: 'message' }],
      consent: 'You may answer me by mail.',
    },
  },
  support: {
    type: 'support',
    title: 'Buy me a tea',
    url: 'https://paypal.me/ada',
    data: { currency: 'GBP', amounts: [300, 500], amountUrl: 'https://paypal.me/ada/{amount}GBP' },
  },
  referral: {
    type: 'referral',
    title: 'Make a page like this one',
    data: { message: 'It is free, and we both get something.' },
  },
  gallery: {
    type: 'gallery',
    title: 'The engine',
    data: { items: [{ fileId: IDS.file, alt: 'A wheel of brass', caption: 'The first wheel' }] },
  },
  video: { type: 'video', title: 'The engine at work', data: { fileId: IDS.file } },
  audio: { type: 'audio', title: 'How it sounds', data: { fileId: IDS.file, description: 'A minute' } },
  file: { type: 'file', title: 'My notes', data: { fileId: IDS.file, description: 'With all tables' } },
};

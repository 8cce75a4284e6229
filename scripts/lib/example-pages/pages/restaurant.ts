import { drawDish, drawEmblem } from '../drawings.ts';
import { createDocument } from '../samples.ts';
import type { ExampleBlock, ExamplePage } from '../types.ts';

const TABLE = '#7b5a41';
const week = (['tuesday', 'wednesday', 'thursday', 'friday'] as const).flatMap((day) => [
  { day, opens: '12:00', closes: '14:30' },
  { day, opens: '19:00', closes: '23:00' },
]);
const weekend = (['saturday', 'sunday'] as const).flatMap((day) => [
  { day, opens: '12:00', closes: '15:00' },
  { day, opens: '19:00', closes: '24:00' },
]);

const MENU: ExampleBlock[] = [
  {
    type: 'menu',
    title: 'Menù',
    data: {
      currency: 'EUR',
      sections: [
        {
          title: 'Antipasti',
          items: [
            { name: 'Squacquerone e fichi', description: 'Con piadina calda', price: 900 },
            { name: 'Crescentine fritte', description: 'Mortadella, prosciutto, stracchino', price: 1_100 },
          ],
        },
        {
          title: 'Primi',
          items: [
            { name: 'Cappelletti in brodo', price: 1_400 },
            { name: 'Passatelli asciutti', description: 'Asparagi e guanciale', price: 1_350 },
            { name: 'Tagliatelle al ragù', price: 1_250 },
          ],
        },
        {
          title: 'Dolci',
          items: [
            { name: 'Zuppa inglese', price: 650 },
            { name: 'Latte brulé', price: 600 },
          ],
        },
      ],
      note: 'Coperto 2,50 €. Chiedeteci degli allergeni.',
    },
  },
];

export const restaurant: ExamplePage = {
  handle: 'osteria.gelso',
  files: {
    logo: {
      purpose: 'avatar',
      name: 'gelso.jpg',
      draw: () =>
        drawEmblem({
          back: ['#7a2e1d', '#5b1f13'],
          shape:
            '<g fill="none" stroke="#f7e6c9" stroke-width="3" stroke-linecap="round"><path d="M50 78V44"/><path d="M50 58c-14 0-20-8-20-18M50 52c14 0 20-8 20-20"/></g><g fill="#f7e6c9"><circle cx="50" cy="30" r="13"/><circle cx="30" cy="37" r="9"/><circle cx="70" cy="30" r="9"/><circle cx="40" cy="24" r="8"/></g>',
        }),
    },
    tagliatelle: {
      purpose: 'image',
      name: 'tagliatelle.jpg',
      alt: 'Un piatto di tagliatelle al ragù',
      draw: () => drawDish({ table: TABLE, food: ['#e3b565', '#d79f45', '#9b3d22'], seed: 5, kind: 'pasta' }),
    },
    crescentine: {
      purpose: 'image',
      name: 'crescentine.jpg',
      alt: 'Crescentine fritte con salumi',
      draw: () =>
        drawDish({ table: '#4c3a30', food: ['#dba257', '#c98a3f', '#b55a52'], seed: 9, kind: 'pieces' }),
    },
    passatelli: {
      purpose: 'image',
      name: 'passatelli.jpg',
      alt: 'Passatelli asciutti con asparagi',
      draw: () =>
        drawDish({ table: '#96785a', food: ['#ead08a', '#d9bd6e', '#7f9b52'], seed: 14, kind: 'pasta' }),
    },
    carta: {
      purpose: 'file',
      name: 'Carta dei vini.pdf',
      draw: async () => createDocument('wine'),
    },
  },
  page: (file) => ({
    title: 'Osteria del Gelso',
    bio: 'Cucina romagnola, pasta fatta a mano ogni mattina.\nVia delle Erbe 14, Ravenna',
    avatarUrl: file('logo').url,
    language: 'it',
    theme: {
      preset: 'paper',
      font: 'playfair-display',
      colors: { text: null, accent: '#7a2e1d', button: '#7a2e1d', buttonText: '#ffffff' },
      buttonStyle: 'filled',
      buttonShape: 'rounded',
      headerLayout: 'banner',
    },
    seo: { title: 'Osteria del Gelso, Ravenna', description: 'Menù, orari e prenotazioni' },
  }),
  blocks: (file) => [
    { type: 'link', title: 'Prenota un tavolo', url: 'https://prenota.gelso.example', pinned: true },
    {
      type: 'hours',
      title: 'Orari',
      data: {
        timezone: 'Europe/Rome',
        week: [...week, ...weekend],
        exceptions: [
          { date: '2026-12-25', periods: [], note: 'Natale' },
          { date: '2026-12-31', periods: [{ opens: '20:00', closes: '02:00' }], note: 'Cenone' },
        ],
      },
    },
    {
      type: 'gallery',
      data: {
        items: ['tagliatelle', 'crescentine', 'passatelli'].map((name) => ({ fileId: file(name).id })),
      },
    },
    ...MENU,
    {
      type: 'file',
      title: 'Carta dei vini',
      data: { fileId: file('carta').id, description: 'Romagna e dintorni' },
    },
    {
      type: 'map',
      title: 'Dove siamo',
      data: { latitude: 44.4173, longitude: 12.1989, address: 'Via delle Erbe 14, 48121 Ravenna' },
    },
    { type: 'phone', title: 'Chiamaci', url: 'tel:+390544000000' },
    {
      type: 'faq',
      title: 'Domande',
      data: {
        items: [
          {
            question: 'Avete piatti senza glutine?',
            answer: 'Sì: pasta fresca senza glutine **su prenotazione**.',
          },
          { question: 'I cani sono benvenuti?', answer: 'Nel cortile, sempre.' },
        ],
      },
    },
    {
      type: 'social',
      data: {
        profiles: [
          { platform: 'instagram', url: 'https://instagram.com/gelso.example' },
          { platform: 'facebook', url: 'https://facebook.com/gelso.example' },
        ],
      },
    },
  ],
};

import { drawPortrait } from '../drawings.ts';
import { createDocument } from '../samples.ts';
import type { ExamplePage } from '../types.ts';

export const jobSeeker: ExamplePage = {
  handle: 'tomasz.w',
  files: {
    portrait: {
      purpose: 'avatar',
      name: 'tomasz.jpg',
      draw: () =>
        drawPortrait({
          back: ['#d9dde2', '#aab2bc'],
          skin: '#eac09d',
          hair: '#3a2c22',
          clothes: '#22344d',
          beard: true,
          glasses: true,
        }),
    },
    cv: {
      purpose: 'file',
      name: 'CV Tomasz Wierzbicki-Okonkwo.pdf',
      draw: async () => createDocument('cv'),
    },
  },
  page: (file) => ({
    title: 'Tomasz Wierzbicki-Okonkwo',
    bio: 'Senior QA engineer. Open to work from January.\nŁódź, or remote',
    avatarUrl: file('portrait').url,
    theme: { preset: 'editorial', avatarShape: 'square' },
    seo: { title: 'Tomasz Wierzbicki-Okonkwo, QA engineer', description: 'CV, talks and contact' },
  }),
  blocks: (file) => [
    {
      type: 'file',
      title: 'Curriculum vitae',
      pinned: true,
      data: { fileId: file('cv').id, description: 'Two pages' },
    },
    {
      type: 'link',
      title: 'Book a call',
      url: 'https://cal.example.com/tomasz/20min',
      data: { description: 'Twenty minutes, any weekday' },
    },
    {
      type: 'text',
      title: 'Skills',
      data: {
        text: '`Playwright` `k6` `Kotlin` `PostgreSQL` `ISTQB Advanced`\n\nPolish, English, German (B2)',
      },
    },
    {
      type: 'text',
      title: 'Experience',
      data: {
        text: '| | |\n|---|---|\n| **since 2022** | Lead QA, Kogut Logistics |\n| **2018 to 2022** | QA engineer, Bałtyk Pay |\n| **2015 to 2018** | Tester, Wrzeciono Games |',
      },
    },
    { type: 'group', title: 'Selected work' },
    {
      type: 'link',
      title: 'How we cut flaky tests by 93 %',
      url: 'https://talks.example.com/flaky',
      in: 'Selected work',
      data: { description: 'Conference talk, 28 minutes' },
    },
    {
      type: 'link',
      title: 'flakehunter',
      url: 'https://github.com/example/flakehunter',
      in: 'Selected work',
      data: { description: 'Open source, 1,400 stars' },
    },
    {
      type: 'text',
      title: 'References',
      data: { text: '> The calmest person in any incident.\n\nA. Nowak, CTO of Bałtyk Pay' },
    },
    {
      type: 'form',
      title: 'Offer me something',
      data: { fields: [{ field: 'name' }, { field: 'email' }, { field: 'message' }], confirmEmail: false },
    },
    { type: 'phone', title: '+48 600 000 000', url: 'tel:+48600000000' },
    {
      type: 'social',
      data: {
        profiles: [
          { platform: 'linkedin', url: 'https://linkedin.com/in/tomasz-example' },
          { platform: 'github', url: 'https://github.com/example' },
        ],
      },
    },
  ],
};

import { IDS } from './shared.ts';
import type { RouterExamples } from './types.ts';

const fields = { email: 'grace@example.com', name: 'Grace', message: 'When is your next lecture?' };
const submission = {
  id: IDS.otherBlock,
  blockId: IDS.block,
  state: 'confirmed' as const,
  consent: 'You may answer me by mail.',
  createdAt: '2026-11-22T12:10:00.000Z',
  confirmedAt: '2026-11-22T12:12:00.000Z',
};

export const forms: RouterExamples<'forms'> = {
  submissions: { answer: { items: [{ ...submission, fields }], nextCursor: null } },
  delete: {},
  export: { answer: { items: [{ ...submission, ...fields, phone: null }], nextCursor: null } },
};

export const publicForms: RouterExamples<'publicForms'> = {
  submit: { body: { fields, consent: true }, answer: { accepted: true, confirm: true } },
};

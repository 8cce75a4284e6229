import { z } from 'zod';
import { timestamp } from '../../../core/text/validation.ts';

export const formSubmitted = {
  description: 'A visitor submitted a form, and confirmed the address if the form asks for that.',
  data: z.object({
    id: z.uuid(),
    pageId: z.uuid(),
    blockId: z.uuid(),
    state: z.enum(['received', 'confirmed']),
    fields: z.object({
      email: z.string().optional(),
      name: z.string().optional(),
      phone: z.string().optional(),
      message: z.string().optional(),
    }),
    consent: z.string().nullable().describe('The text that the visitor agreed to'),
    createdAt: timestamp,
  }),
  example: {
    id: '01979e8f-5a2b-7c31-9d4e-8f1a2b3c4d5e',
    pageId: '01979e90-1c4d-7e52-8a6f-7b8c9d0e1f2a',
    blockId: '01979e8f-5a2b-7c31-9d4e-8f1a2b3c4d5e',
    state: 'confirmed' as const,
    fields: { email: 'grace@example.com' },
    consent: 'You may write to me once a month.',
    createdAt: '2026-11-22T12:00:00.000Z',
  },
};

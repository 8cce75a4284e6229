import { z } from 'zod';
import { buildOptionalText, defineBlock } from '../../definition/schema.ts';

export const FORM_FIELDS = ['email', 'name', 'phone', 'message'] as const;
export type FormField = (typeof FORM_FIELDS)[number];
export const formField = z.enum(FORM_FIELDS).meta({ id: 'FormField' });

export const formBlock = defineBlock({
  url: 'none',
  title: 'required',
  buildData: (line, prose) =>
    z.strictObject({
      fields: z
        .array(z.strictObject({ field: formField, required: z.boolean().default(true) }))
        .min(1, { error: 'Add at least one field' })
        .max(FORM_FIELDS.length),
      description: buildOptionalText(line(1, 280)),
      consent: buildOptionalText(prose(1, 500)).describe(
        'What visitors agree to by ticking a box; kept with each submission',
      ),
      confirmEmail: z
        .boolean()
        .default(true)
        .describe('Whether a submission counts only after its address was confirmed (double opt-in)'),
      button: buildOptionalText(line(1, 40)),
      thanks: buildOptionalText(line(1, 280)),
    }),
  listErrors: ({ fields }) =>
    new Set(fields.map(({ field }) => field)).size < fields.length
      ? [{ path: 'data.fields', message: 'List each field once', code: 'duplicate' }]
      : [],
});

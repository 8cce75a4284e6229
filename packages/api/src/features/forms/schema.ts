import { z } from 'zod';
import { createListOutputSchema, paginationInput } from '../../core/http/pagination.ts';
import { timestamp } from '../../core/text/validation.ts';
import { FORM_FIELDS } from '../pages/blocks/types/form/schema.ts';
import { unlockToken } from '../public-page/unlocking/schema.ts';

const MAX_RAW_LENGTH = 10_000;
const entry = z.string().max(MAX_RAW_LENGTH).optional();

/** The service judges each field, as forms differ. */
export const submitFormInput = z
  .strictObject({
    id: z.uuid().describe('The id of the form block'),
    fields: z
      .strictObject({ email: entry, name: entry, phone: entry, message: entry })
      .meta({ id: 'FormEntries' }),
    consent: z.boolean().default(false).describe('Whether the visitor ticked the box'),
    consentText: z
      .string()
      .max(MAX_RAW_LENGTH)
      .optional()
      .describe('The text that the visitor saw at the box; the form is refused if it has changed since'),
    unlock: unlockToken,
    website: z
      .string()
      .max(MAX_RAW_LENGTH)
      .default('')
      .describe('Leave it empty: only programs that fill in every field send it'),
  })
  .meta({ id: 'SubmitFormInput' });

export const submitFormOutput = z
  .object({
    accepted: z.literal(true),
    confirm: z.boolean().describe('Whether the visitor has to open a link in a mail'),
  })
  .meta({ id: 'SubmittedForm' });

const submittedFields = z
  .object({
    email: z.string().optional(),
    name: z.string().optional(),
    phone: z.string().optional(),
    message: z.string().optional(),
  })
  .meta({ id: 'SubmittedFields' });
export type SubmittedFields = z.infer<typeof submittedFields>;

export const submissionOutput = z
  .object({
    id: z.uuid(),
    blockId: z.uuid(),
    state: z
      .enum(['received', 'pending', 'confirmed'])
      .describe('`pending`: the address is not confirmed yet'),
    fields: submittedFields,
    consent: z.string().nullable().describe('The text that the visitor agreed to'),
    createdAt: timestamp,
    confirmedAt: timestamp.nullable(),
  })
  .meta({ id: 'Submission' });
export type Submission = z.infer<typeof submissionOutput>;
export const submissionListOutput = createListOutputSchema(submissionOutput);

export const ownedSubmissionOutput = submissionOutput
  .extend({ pageId: z.uuid() })
  .meta({ id: 'OwnedSubmission' });
export type OwnedSubmission = z.infer<typeof ownedSubmissionOutput>;

export const submissionIdInput = z.strictObject({
  id: z.uuid().describe('The id of the page'),
  submissionId: z.uuid(),
});

export const listSubmissionsInput = z.strictObject({
  id: z.uuid().describe('The id of the page'),
  ...paginationInput,
  block: z.uuid().optional().describe('Only of this form'),
});

export const exportSubmissionsInput = z.strictObject({
  id: z.uuid().describe('The id of the page'),
  format: z.enum(['csv', 'json']).default('csv'),
  cursor: paginationInput.cursor,
});
export const SUBMISSION_EXPORT_COLUMNS = [
  'id',
  'blockId',
  'state',
  ...FORM_FIELDS,
  'consent',
  'createdAt',
  'confirmedAt',
];
export const submissionPart = z
  .object({
    items: z.array(
      z
        .object({
          id: z.uuid(),
          blockId: z.uuid(),
          state: z.string(),
          email: z.string().nullable(),
          name: z.string().nullable(),
          phone: z.string().nullable(),
          message: z.string().nullable(),
          consent: z.string().nullable(),
          createdAt: timestamp,
          confirmedAt: timestamp.nullable(),
        })
        .meta({ id: 'SubmissionRow' }),
    ),
    nextCursor: z.string().nullable(),
  })
  .meta({ id: 'SubmissionExport' });
export type SubmissionPart = z.infer<typeof submissionPart>;

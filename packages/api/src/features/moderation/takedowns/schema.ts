import { z } from 'zod';
import { createListOutputSchema, paginationInput } from '../../../core/http/pagination.ts';
import { multiLineSchema, singleLineSchema, timestamp } from '../../../core/text/validation.ts';
import { pageTakedown, takedownReason } from '../../pages/takedowns/schema.ts';
import { MAX_APPEAL_LENGTH, MAX_NOTE_LENGTH } from '../policy.ts';
import { moderatedPage } from '../schema.ts';

const note = multiLineSchema(1, MAX_NOTE_LENGTH).optional().describe('For the owner, who gets it by mail');

export const findModeratedPageInput = z.strictObject({
  name: singleLineSchema(1, 64).describe('Handle or ID'),
});

export const takeDownInput = z
  .strictObject({ id: z.uuid(), reason: takedownReason, note })
  .meta({ id: 'TakeDownInput' });

export const restoreTakenDownInput = z
  .strictObject({ id: z.uuid(), note })
  .meta({ id: 'RestorePageByAdminInput' });

export const moderatedPageOutput = moderatedPage
  .extend({
    takedowns: z
      .array(
        pageTakedown.extend({ id: z.uuid(), restoredAt: timestamp.nullable() }).meta({ id: 'PastTakedown' }),
      )
      .describe('The newest first; one with `restoredAt` null stands'),
  })
  .meta({ id: 'ModeratedPageHistory' });
export type ModeratedPageHistory = z.infer<typeof moderatedPageOutput>;

export const appealInput = z
  .strictObject({
    id: z.uuid().describe('The id of the page'),
    text: multiLineSchema(1, MAX_APPEAL_LENGTH).describe('Why the page should come back'),
  })
  .meta({ id: 'AppealInput' });

export const appealOutput = z
  .object({ id: z.uuid(), page: moderatedPage, takedown: pageTakedown })
  .meta({ id: 'Appeal' });
export type Appeal = z.infer<typeof appealOutput>;
export const appealListOutput = createListOutputSchema(appealOutput);

export const listAppealsInput = z.strictObject(paginationInput).prefault({});

export const decideAppealInput = z
  .strictObject({
    id: z.uuid(),
    decision: z.enum(['uphold', 'grant']).describe('`uphold`: the page stays down; `grant`: it comes back'),
    note,
  })
  .meta({ id: 'DecideAppealInput' });

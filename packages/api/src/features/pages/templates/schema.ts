import { z } from 'zod';
import { createListOutputSchema } from '../../../core/http/pagination.ts';
import { nameSchema, singleLineSchema, timestamp } from '../../../core/text/validation.ts';
import { pageHandle, targetWorkspaceId } from '../schema.ts';

export const templateOutput = z
  .object({
    id: z.string(),
    workspaceId: z.uuid().nullable().describe('Null for built-in templates, which are there for everyone'),
    name: z.string(),
    description: z.string().nullable(),
    blockCount: z.number().int(),
    createdAt: timestamp.nullable(),
  })
  .meta({ id: 'PageTemplate' });
export type PageTemplate = z.infer<typeof templateOutput>;
export const templateListOutput = createListOutputSchema(templateOutput);

const templateId = z.string().max(64);
export const listTemplatesInput = z
  .strictObject({
    workspaceId: z.uuid().optional().describe('All workspaces whose pages you may see if omitted'),
  })
  .prefault({});
export const templateIdInput = z.strictObject({ id: templateId });
export const createTemplateInput = z
  .strictObject({
    pageId: z.uuid().describe('The page whose content is copied; later changes of it change nothing'),
    name: nameSchema(1, 64),
    description: singleLineSchema(1, 280).optional(),
  })
  .meta({ id: 'CreateTemplateInput' });
export const createPageFromTemplateInput = z
  .strictObject({ id: templateId, handle: pageHandle, workspaceId: targetWorkspaceId })
  .meta({ id: 'CreatePageFromTemplateInput' });

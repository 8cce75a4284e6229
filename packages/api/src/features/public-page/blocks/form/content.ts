import { z } from 'zod';
import { getDataOutput } from '../../../pages/blocks/types/schema.ts';
import { defineView } from '../view/content.ts';

export const formView = defineView<'form'>()({
  data: getDataOutput('form').extend({
    action: z.url().nullable().describe('Where the form is sent to as `POST`; null in a preview'),
  }),
  toData: ({ data }, { createFileHref }) => ({ ...data, action: createFileHref('form') }),
});

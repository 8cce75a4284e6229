import { z } from 'zod';
import { checkUrl, MAX_URL_LENGTH, toStoredUrl } from '../../../core/text/urls.ts';

export const imageUrl = z
  .string()
  .trim()
  .superRefine((text, ctx) => {
    const { reason } = checkUrl('image', text);
    if (reason) ctx.addIssue({ code: 'custom', message: reason });
  })
  .overwrite((text) => toStoredUrl('image', text) ?? text)
  .meta({ format: 'uri', maxLength: MAX_URL_LENGTH, example: 'https://example.com/ada.jpg' });

import { countryCode, type PreviewOptions, titleVariant, visitorDevice } from '@linkgrove/api';
import { z } from 'zod';

const MAX_LANGUAGE_LENGTH = 200;

/** Undefined if it is no time. */
function readMoment(text: unknown): Date | undefined {
  const at = typeof text === 'string' ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? undefined : new Date(at);
}

const previewParameters = z.object({
  country: countryCode.optional().catch(undefined),
  language: z.string().max(MAX_LANGUAGE_LENGTH).optional().catch(undefined),
  device: visitorDevice.optional().catch(undefined),
  title: titleVariant.optional().catch(undefined),
});

/** As whom and when the page is shown. What cannot be read is as if it were not given. */
export const readPreviewOptions = (query: Record<string, unknown>): PreviewOptions => ({
  at: readMoment(query['at']),
  ...previewParameters.parse(query),
});

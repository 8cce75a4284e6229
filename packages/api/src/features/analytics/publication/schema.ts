import { z } from 'zod';
import { timestamp } from '../../../core/text/validation.ts';

export const updateAnalyticsSettingsInput = z.strictObject({
  id: z.uuid(),
  public: z.boolean().describe('Whether anyone may see the numbers at `/@handle/stats`'),
});

export const analyticsSettingsOutput = z.object({ public: z.boolean(), resetAt: timestamp.nullable() });
export type AnalyticsSettings = z.infer<typeof analyticsSettingsOutput>;

import { z } from 'zod';
import { timestamp } from '../../../core/text/validation.ts';

export const updateAnalyticsSettingsInput = z
  .strictObject({
    id: z.uuid(),
    public: z.boolean().describe('Whether anyone may see the numbers at `/@handle/stats`'),
  })
  .meta({ id: 'UpdateAnalyticsSettingsInput' });

export const analyticsSettingsOutput = z
  .object({ public: z.boolean(), resetAt: timestamp.nullable() })
  .meta({ id: 'AnalyticsSettings' });
export type AnalyticsSettings = z.infer<typeof analyticsSettingsOutput>;

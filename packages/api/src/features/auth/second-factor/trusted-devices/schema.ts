import { z } from 'zod';
import { timestamp } from '../../../../core/text/validation.ts';

export const trustedDeviceOutput = z
  .object({
    id: z.uuid(),
    device: z.string().nullable().describe('Derived from the user agent, such as `Firefox on Linux`'),
    createdAt: timestamp,
    expiresAt: timestamp,
    current: z.boolean().describe('Whether it is the browser of this request'),
  })
  .meta({ id: 'TrustedDevice' });
export type TrustedDevice = z.infer<typeof trustedDeviceOutput>;

export const trustedDeviceListOutput = z
  .object({ items: z.array(trustedDeviceOutput) })
  .meta({ id: 'TrustedDevices' });
export const trustedDeviceIdInput = z.strictObject({ id: z.uuid() });

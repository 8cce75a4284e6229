import { z } from 'zod';
import { line, timestamp } from '../../core/validation.ts';

export const adminUser = z
  .object({
    id: z.uuid(),
    email: z.string(),
    username: z.string(),
    role: z.enum(['user', 'admin']),
    suspended: z.boolean(),
    emailVerified: z.boolean(),
    createdAt: timestamp,
  })
  .meta({ id: 'AdminUser' });
export type AdminUser = z.infer<typeof adminUser>;

export const findInput = z.strictObject({ name: line(1, 254).describe('Email address, username or id') });
export const targetInput = z.strictObject({ id: z.uuid() });
export const suspendInput = z.strictObject({ id: z.uuid(), reason: line(1, 500) });

import { z } from 'zod';
import { createListOutputSchema, paginationInput } from '../../../core/http/pagination.ts';
import { enteredTime, timestamp } from '../../../core/text/validation.ts';
import { securityEventType } from '../../security-events/schema.ts';
import { accountIdentifier } from '../../users/schema.ts';

const party = z
  .object({
    id: z.uuid(),
    username: z.string().nullable().describe('Null if they deleted their account'),
  })
  .meta({ id: 'AuditParty' });

export const auditEntryOutput = z
  .object({
    id: z.uuid(),
    at: timestamp,
    action: securityEventType,
    actor: party
      .nullable()
      .describe('The administrator; null for `npm run promote` and other commands of the operator'),
    user: party.nullable().describe('Whose account it is about; null if it is about none'),
    reason: z.string().nullable(),
    details: z.record(z.string(), z.unknown()).nullable().describe('What it was about, such as `pageId`'),
    requestId: z.string().nullable().describe('The same for all entries of one request'),
    ip: z.string().nullable().describe("The administrator's address; null if they deleted their account"),
  })
  .meta({ id: 'AuditEntry' });
export type AuditEntry = z.infer<typeof auditEntryOutput>;
export const auditEntryListOutput = createListOutputSchema(auditEntryOutput);

export const listAuditInput = z
  .strictObject({
    ...paginationInput,
    actor: accountIdentifier.optional().describe('Email address, username or ID of the administrator'),
    user: accountIdentifier.optional().describe('Email address, username or ID of the user'),
    action: securityEventType.optional(),
    from: enteredTime.optional().describe('Inclusive'),
    to: enteredTime.optional().describe('Exclusive'),
  })
  .prefault({});
export type ListAuditInput = z.infer<typeof listAuditInput>;

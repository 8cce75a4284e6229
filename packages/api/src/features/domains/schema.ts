import { z } from 'zod';
import { createListOutputSchema, paginationInput } from '../../core/http/pagination.ts';
import { timestamp } from '../../core/text/validation.ts';
import { readHostname } from './policy.ts';

const hostname = z
  .string()
  .max(1_000)
  .transform((text, ctx): string => {
    const read = readHostname(text);
    if ('hostname' in read) return read.hostname;
    ctx.addIssue({ code: 'custom', message: read.problem });
    return z.NEVER;
  })
  .meta({ example: 'links.example.com' });

const record = z
  .object({
    type: z.enum(['TXT', 'CNAME', 'ALIAS', 'A', 'AAAA']),
    name: z.string(),
    value: z.string(),
    purpose: z.enum(['ownership', 'routing']),
    required: z.boolean().describe('The others are alternatives for the same purpose'),
  })
  .meta({ id: 'DnsRecord' });

export const domainOutput = z
  .object({
    id: z.uuid(),
    workspaceId: z.uuid(),
    hostname: z.string().describe('Labels in other scripts are in their ASCII form'),
    pageId: z.uuid(),
    primary: z.boolean().describe("Whether it is the page's address while it is active"),
    status: z.enum(['pending', 'active', 'failed']),
    statusDetail: z.string().nullable().describe('What is missing, for people'),
    isApex: z.boolean().describe('No CNAME is possible here'),
    records: z.array(record).describe('All that DNS needs, whatever is there already'),
    verifiedAt: timestamp.nullable().describe('When ownership was proven'),
    checkedAt: timestamp.nullable(),
    createdAt: timestamp,
  })
  .meta({ id: 'Domain' });
export type Domain = z.infer<typeof domainOutput>;
export const domainListOutput = createListOutputSchema(domainOutput);

export const domainIdInput = z.strictObject({ id: z.uuid() });
export const listDomainsInput = z
  .strictObject({
    ...paginationInput,
    workspaceId: z.uuid().optional().describe('All workspaces whose domains you may see if omitted'),
  })
  .prefault({});
export const createDomainInput = z
  .strictObject({ hostname, pageId: z.uuid() })
  .meta({ id: 'CreateDomainInput' });
export const updateDomainInput = z
  .strictObject({
    id: z.uuid(),
    pageId: z.uuid().optional().describe('A page of the same workspace'),
    primary: z
      .literal(true)
      .optional()
      .describe('Makes it the address of its page, to which the others redirect'),
  })
  .meta({ id: 'UpdateDomainInput' });

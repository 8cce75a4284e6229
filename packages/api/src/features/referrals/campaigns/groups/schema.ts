import { z } from 'zod';
import { createListOutputSchema, paginationInput } from '../../../../core/http/pagination.ts';
import { timestamp } from '../../../../core/text/validation.ts';
import { accountIdentifier } from '../../../users/schema.ts';
import { MAX_NAMED_USERS } from '../policy.ts';
import { groupName } from '../schema.ts';

export const referrerGroupListOutput = z
  .object({
    items: z.array(
      z.object({ group: z.string(), members: z.number().int() }).meta({ id: 'ReferrerGroupSize' }),
    ),
  })
  .meta({ id: 'ReferrerGroupSizeList' });

export const listGroupMembersInput = z.strictObject({ group: groupName, ...paginationInput });
export const groupMemberOutput = z
  .object({
    id: z.uuid(),
    username: z.string().nullable(),
    addedAt: timestamp,
  })
  .meta({ id: 'GroupMember' });
export const groupMemberListOutput = createListOutputSchema(groupMemberOutput);

const users = z.array(accountIdentifier).max(MAX_NAMED_USERS).default([]);
export const changeGroupInput = z
  .strictObject({
    group: groupName,
    add: users.describe('Email addresses, usernames or IDs'),
    remove: users.describe('Email addresses, usernames or IDs'),
  })
  .meta({ id: 'ChangeReferrerGroupInput' });
export const referrerGroupOutput = z
  .object({
    group: z.string(),
    members: z.number().int(),
    added: z.number().int(),
    removed: z.number().int(),
  })
  .meta({ id: 'ReferrerGroup' });

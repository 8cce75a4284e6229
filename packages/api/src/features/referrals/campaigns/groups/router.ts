import type { TRPCRouterRecord } from '@trpc/server';
import { adminProcedure } from '../../../../trpc/init.ts';
import { emptyInput } from '../../../../core/text/validation.ts';
import {
  changeGroupInput,
  groupMemberListOutput,
  listGroupMembersInput,
  referrerGroupListOutput,
  referrerGroupOutput,
} from './schema.ts';
import * as service from './service.ts';

const openapi = { tags: ['Administration'] };

export const referrerGroupsRouter = {
  list: adminProcedure
    .meta({
      openapi: {
        ...openapi,
        method: 'GET',
        path: '/api/admin/referrer-groups',
        summary: 'List the groups of referrers',
        description: 'Campaigns can be for a group. A group exists as long as it has members.',
      },
    })
    .input(emptyInput)
    .output(referrerGroupListOutput)
    .query(({ ctx }) => service.listReferrerGroups(ctx)),

  members: adminProcedure
    .meta({
      openapi: {
        ...openapi,
        method: 'GET',
        path: '/api/admin/referrer-groups/{group}/members',
        summary: 'List the members of a group of referrers',
        description: 'In the order of their IDs. Empty for a group that nobody is in.',
      },
    })
    .input(listGroupMembersInput)
    .output(groupMemberListOutput)
    .query(({ ctx, input }) => service.listGroupMembers(ctx, input)),

  change: adminProcedure
    .meta({
      openapi: {
        ...openapi,
        method: 'POST',
        path: '/api/admin/referrer-groups/{group}/members',
        summary: 'Add members to a group of referrers, or remove them',
        description:
          'All or nothing: an unknown user changes nothing. Referrals made before keep their terms.',
      },
    })
    .input(changeGroupInput)
    .output(referrerGroupOutput)
    .mutation(({ ctx, input }) => service.changeReferrerGroup(ctx, input)),
} satisfies TRPCRouterRecord;

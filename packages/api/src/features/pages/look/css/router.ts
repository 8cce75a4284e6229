import type { TRPCRouterRecord } from '@trpc/server';
import { adminProcedure } from '../../../../trpc/init.ts';
import { allowCustomCssInput, customCssAllowanceOutput } from './schema.ts';
import * as service from './service.ts';

export const customCssRouter = {
  allowCustomCss: adminProcedure
    .meta({
      openapi: {
        tags: ['Administration'],
        method: 'POST',
        path: '/api/admin/workspaces/{id}/custom-css',
        summary: 'Allow custom CSS in a workspace, or withdraw it',
        description:
          'Its owners see in their security events that it was allowed or withdrawn. Pages keep CSS that is withdrawn, but show it no longer.',
        errors: ['NOT_FOUND'],
      },
    })
    .input(allowCustomCssInput)
    .output(customCssAllowanceOutput)
    .mutation(({ ctx, input }) => service.allowCustomCss(ctx, input)),
} satisfies TRPCRouterRecord;

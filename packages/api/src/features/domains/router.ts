import type { TRPCRouterRecord } from '@trpc/server';
import { z } from 'zod';
import { idempotent } from '../../trpc/idempotency.ts';
import { memberProcedure } from '../../trpc/init.ts';
import { limitAccountCalls } from '../../trpc/limit.ts';
import * as checks from './checks/service.ts';
import {
  createDomainInput,
  domainIdInput,
  domainListOutput,
  domainOutput,
  listDomainsInput,
  updateDomainInput,
} from './schema.ts';
import * as service from './service.ts';

const openapi = { tags: ['Domains'] };

export const domainsRouter = {
  list: memberProcedure('domains:read')
    .meta({
      openapi: {
        ...openapi,
        method: 'GET',
        path: '/api/domains',
        summary: 'List custom domains',
        description: 'Of one workspace, or of all workspaces that you are in; oldest first.',
      },
    })
    .input(listDomainsInput)
    .output(domainListOutput)
    .query(({ ctx, input }) => service.listDomains(ctx, input)),

  create: memberProcedure('domains:write')
    .meta({
      openapi: {
        ...openapi,
        method: 'POST',
        path: '/api/domains',
        summary: 'Add a custom domain to a page',
        description:
          'The answer lists all DNS records to create. DNS is checked by `verify` and then every few minutes. The first domain of a page is its primary one. A claim that is not proven within 7 days is deleted.',
        success: 201,
        errors: ['NOT_FOUND', 'DOMAIN_TAKEN', 'CONFLICT', 'LIMIT_REACHED'],
      },
    })
    .input(createDomainInput)
    .concat(idempotent)
    .output(domainOutput)
    .mutation(({ ctx, input }) => service.createDomain(ctx, input)),

  get: memberProcedure('domains:read')
    .meta({
      openapi: {
        ...openapi,
        method: 'GET',
        path: '/api/domains/{id}',
        summary: 'Get a custom domain',
        description: 'With its state and all DNS records.',
        errors: ['NOT_FOUND'],
      },
    })
    .input(domainIdInput)
    .output(domainOutput)
    .query(({ ctx, input }) => service.getDomain(ctx, input)),

  update: memberProcedure('domains:write')
    .meta({
      openapi: {
        ...openapi,
        method: 'PATCH',
        path: '/api/domains/{id}',
        summary: 'Change the page of a custom domain, or make it primary',
        description: 'The primary domain is the address of its page while it is active.',
        errors: ['NOT_FOUND'],
      },
    })
    .input(updateDomainInput)
    .output(domainOutput)
    .mutation(({ ctx, input }) => service.updateDomain(ctx, input)),

  delete: memberProcedure('domains:write')
    .meta({
      openapi: {
        ...openapi,
        method: 'DELETE',
        path: '/api/domains/{id}',
        summary: 'Remove a custom domain',
        description: 'It stops showing the page at once. Remove its DNS records, too.',
        success: 204,
        errors: ['NOT_FOUND'],
      },
    })
    .input(domainIdInput)
    .output(z.void())
    .mutation(({ ctx, input }) => service.deleteDomain(ctx, input)),

  verify: memberProcedure('domains:write')
    .meta({
      openapi: {
        ...openapi,
        method: 'POST',
        path: '/api/domains/{id}/verify',
        summary: 'Check the DNS records of a custom domain now',
        description:
          'Answers with the new state. `statusDetail` says what is missing. If DNS does not answer, the state stays.',
        errors: ['NOT_FOUND', 'DOMAIN_TAKEN', 'RATE_LIMITED'],
      },
    })
    .input(domainIdInput)
    .use(limitAccountCalls('domainChecksAccount'))
    .output(domainOutput)
    .mutation(({ ctx, input }) => checks.verifyDomain(ctx, input)),
} satisfies TRPCRouterRecord;

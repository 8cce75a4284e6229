import { callTRPCProcedure } from '@trpc/server';
import { expect, it } from 'vitest';
import { buildOpenApiDocument } from './openapi.ts';
import { appRouter, type Endpoint, endpoints } from './root.ts';

const document = buildOpenApiDocument();

/** Calls an endpoint with an input that none accepts and returns which checks of the caller ran. */
async function listChecks({ name, procedure }: Endpoint): Promise<string[]> {
  const checks: string[] = [];
  const record = (check: string) => async () => void checks.push(check);
  const ctx = {
    metrics: { procedureSeconds: { startTimer: () => () => {} } },
    authenticate: record('authenticate'),
    requireAdmin: record('requireAdmin'),
  };
  const call = { router: appRouter, path: name, type: procedure._def.type, ctx };
  const getRawInput = () => Promise.resolve(0);
  await callTRPCProcedure({ ...call, getRawInput, signal: undefined, batchIndex: 0 }).catch(() => {});
  return checks;
}

const CHECKS = { public: [], user: ['authenticate'], admin: ['authenticate', 'requireAdmin'] };

it.each(endpoints.map((endpoint) => [endpoint.name, endpoint] as const))(
  'the document publishes %s for exactly those who may call it',
  async (_name, endpoint) => {
    const { method, path } = endpoint.rest;
    const operations = Object.entries(document.paths?.[path] ?? {});
    const operation = operations.find(([key]) => key === method.toLowerCase())?.[1];
    const checks = await listChecks(endpoint);
    expect(operation.security.length > 0).toBe(checks.includes('authenticate'));
    expect(checks).toEqual(CHECKS[endpoint.access]);
  },
);

it('every error answer is a reference to a shared one', () => {
  const answers = Object.values(document.paths ?? {})
    .flatMap((item) => Object.values(item))
    .flatMap((operation) => Object.entries<{ $ref?: string }>(operation.responses));
  for (const [status, { $ref }] of answers) {
    if (Number(status) < 400) continue;
    expect(
      Object.keys(document.components.responses).map((name) => `#/components/responses/${name}`),
    ).toContain($ref);
  }
});

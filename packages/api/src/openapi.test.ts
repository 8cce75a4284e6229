import { callTRPCProcedure } from '@trpc/server';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createBlockContent } from './features/pages/blocks/content.ts';
import { BLOCK_TYPES, createBlockInput } from './features/pages/blocks/schema.ts';
import { buildDetailedBodies } from './openapi/block-input.ts';
import * as pageExamples from './openapi/examples/pages.ts';
import { buildOpenApiDocument } from './openapi.ts';
import { appRouter, type Endpoint, endpoints } from './root.ts';

const document = buildOpenApiDocument();
const ID = '01998f3e-5a10-7c3b-8f21-6d0c5f3b9a01';

function toSchema(value: unknown): z.ZodType {
  if (value instanceof z.ZodType) return value;
  throw new Error('Expected a zod schema');
}

/** Calls an endpoint with an input that none accepts and returns which checks of the caller ran. */
async function listChecks({ name, procedure }: Endpoint): Promise<string[]> {
  const checks: string[] = [];
  const record = (check: string) => async () => {
    checks.push(check);
    return { kind: 'session' };
  };
  const ctx = {
    config: {},
    credentials: {},
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
    expect([...new Set(checks)]).toEqual(CHECKS[endpoint.access]);
  },
);

type Media = { schema: JsonSchema; example?: unknown; examples?: Record<string, { value: unknown }> };
type JsonSchema = { $ref?: string; type?: string; items?: unknown };
type Answer = { $ref?: string; headers?: object; content?: Record<string, Media> };
type Operation = {
  description?: string;
  security: unknown[];
  requestBody?: { content: Record<string, Media> };
  responses: Record<string, Answer>;
};

const operations = endpoints.map((endpoint) => {
  const { method, path } = endpoint.rest;
  const item: Record<string, unknown> = { ...document.paths?.[path] };
  return { endpoint, operation: item[method.toLowerCase()] as Operation };
});

const listExamples = ({ example, examples }: Media): unknown[] =>
  examples ? Object.values(examples).map(({ value }) => value) : [example];

const getSuccess = ({ endpoint, operation }: (typeof operations)[number]) =>
  operation.responses[endpoint.rest.success ?? 200];

function listSchemas(node: unknown): JsonSchema[] {
  if (typeof node !== 'object' || node === null) return [];
  return [node, ...Object.values(node).flatMap(listSchemas)];
}

describe('the document', () => {
  it.each(operations.map((one) => [one.endpoint.name, one] as const))(
    'shows examples of %s that its schemas accept unchanged',
    (_name, one) => {
      const body = one.operation.requestBody?.content['application/json'];
      const path = Object.fromEntries(
        one.endpoint.rest.path
          .matchAll(/\{(\w+)\}/g)
          .map(([, name = '']) => [name, /id$/i.test(name) ? ID : 'ada']),
      );
      for (const example of body ? listExamples(body) : [])
        expect(
          toSchema(one.endpoint.procedure._def.inputs[0]).parse({ ...(example as object), ...path }),
        ).toMatchObject(example as object);
      const answer = getSuccess(one)?.content?.['application/json'];
      for (const example of answer ? listExamples(answer) : [])
        expect(toSchema(Reflect.get(one.endpoint.procedure._def, 'output')).parse(example)).toEqual(example);
    },
  );

  it('describes every operation in sentences', () => {
    const summaries = endpoints.map(({ rest }) => rest.summary);
    expect(summaries.filter((summary) => !/^[A-Z].*[^.]$/.test(summary))).toEqual([]);
    const descriptions = endpoints.map(({ name, rest }) => `${name}: ${rest.description ?? ''}`);
    expect(descriptions.filter((text) => !/: [A-Z].*\.$/.test(text))).toEqual([]);
  });

  it('names every object of a body or an answer, so that generators have names for them', () => {
    const unnamed = operations.filter((one) => {
      const media = [one.operation.requestBody, getSuccess(one)].map(
        (part) => part?.content?.['application/json'],
      );
      return media.some((given) => given && given.schema.$ref === undefined);
    });
    expect(unnamed.map(({ endpoint }) => endpoint.name)).toEqual([]);
  });

  it('gives every array its items, and no limit of JavaScript', () => {
    const schemas = listSchemas(document);
    expect(schemas.filter((schema) => schema.type === 'array' && !schema.items)).toEqual([]);
    expect(JSON.stringify(document)).not.toContain(String(Number.MAX_SAFE_INTEGER));
  });

  it('refers to shared answers for every error', () => {
    const shared = Object.keys(document.components?.responses ?? {});
    const errors = operations.flatMap(({ operation }) =>
      Object.entries(operation.responses).filter(([status]) => Number(status) >= 400),
    );
    expect(new Set(errors.map(([, { $ref }]) => $ref))).toEqual(
      new Set(shared.map((name) => `#/components/responses/${name}`)),
    );
  });

  it('describes the headers of every answer', () => {
    for (const one of operations)
      expect(Object.keys(getSuccess(one)?.headers ?? {})).toContain('X-Request-Id');
    const { responses = {} } = document.components ?? {};
    expect(responses['RateLimited']).toMatchObject({ headers: { 'Retry-After': expect.anything() } });
  });
});

describe('the body of a new block', () => {
  const components = document.components?.schemas ?? {};

  it('is one named schema per type, told apart by the type', () => {
    const { discriminator, oneOf } = components['BlockInput'] as {
      discriminator: { mapping: object };
      oneOf: unknown[];
    };
    expect(Object.keys(discriminator.mapping)).toEqual([...BLOCK_TYPES]);
    expect(oneOf).toContainEqual({ $ref: '#/components/schemas/SocialBlockInput' });
  });

  it('accepts what the server accepts', () => {
    const { bodies = {} } = pageExamples.blocks.create;
    for (const body of Object.values(bodies)) {
      const { type, ...members } = createBlockInput.parse({ ...body, id: ID });
      const { id: _id, ...content } = members;
      expect(buildDetailedBodies()['blocks.create']?.safeParse(body).success).toBe(true);
      expect(createBlockContent(type, content)).toMatchObject({ type });
    }
  });

  it.each([
    [{ type: 'link', title: 'No URL' }],
    [{ type: 'heading' }],
    [{ type: 'text' }],
    [{ type: 'gallery', data: { items: [] } }],
    [{ type: 'heading', title: 'Writing', url: 'https://example.com' }],
    [{ type: 'link', url: 'https://example.com', data: { text: 'of another type' } }],
  ])('refuses %j like the server', (body) => {
    expect(buildDetailedBodies()['blocks.create']?.safeParse(body).success).toBe(false);
    const { id: _id, type, ...members } = createBlockInput.parse({ ...body, id: ID });
    expect(() => createBlockContent(type, members)).toThrow(
      expect.objectContaining({ code: 'VALIDATION_FAILED' }),
    );
  });
});

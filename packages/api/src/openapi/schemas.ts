import { z } from 'zod';
import type { ZodOpenApiOverride } from 'zod-openapi';

const FORMATS_WITH_PATTERN = new Set<unknown>(['uuid', 'date', 'date-time', 'email']);

/** Adjusts the JSON Schema that zod derives to what generators and linters expect. */
export const adjustJsonSchema: ZodOpenApiOverride = ({ jsonSchema }) => {
  if (FORMATS_WITH_PATTERN.has(jsonSchema.format)) delete jsonSchema.pattern;
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
  // A default of null or nothing says what omitting the member says, and makes generators require the member.
  if (jsonSchema.default === null || Array.isArray(jsonSchema.default)) delete jsonSchema.default;
  // `items: false` is JSON Schema for "no more items", which some generators cannot read.
  if (jsonSchema.prefixItems) jsonSchema.items = { type: 'integer' };
};

/** The object behind `.optional()`, `.prefault()` and the like. */
export function findInnerObject(schema: unknown): z.ZodObject {
  if (schema instanceof z.ZodObject) return schema;
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodPrefault || schema instanceof z.ZodDefault)
    return findInnerObject(schema.unwrap());
  throw new Error('The input of a procedure must be an object');
}

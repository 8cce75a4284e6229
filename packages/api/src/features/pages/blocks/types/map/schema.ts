import { z } from 'zod';
import { defineBlock, buildOptionalText } from '../../definition/schema.ts';

export const MAP_SERVICES = ['openstreetmap', 'google', 'apple'] as const;

export const mapBlock = defineBlock({
  url: 'none',
  noUrlMessage: 'The link is made from the coordinates',
  buildData: (line) =>
    z.strictObject({
      latitude: z.number().min(-90).max(90).describe('Degrees, north is positive'),
      longitude: z.number().min(-180).max(180).describe('Degrees, east is positive'),
      address: buildOptionalText(line(1, 200)),
      zoom: z.number().int().min(1).max(19).default(16),
      service: z.enum(MAP_SERVICES).default('openstreetmap').describe('Where the link leads'),
    }),
});

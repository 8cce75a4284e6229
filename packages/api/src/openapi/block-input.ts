import { z } from 'zod';
import { URL_RULES } from '../features/pages/blocks/content.ts';
import {
  BLOCK_DATA,
  BLOCK_TYPES,
  blockMembers,
  type BlockType,
  blockVersion,
  nameBlockSchema,
} from '../features/pages/blocks/schema.ts';

// The procedures take one object for all types and judge its content later, as an update merges `data` into the stored
// object. Here the same parts make one schema per type.

const URL_DESCRIPTIONS: Partial<Record<BlockType, string>> = {
  link: 'Starts with `https://` or `http://`',
  image: 'The image, starting with `https://`',
  embed: 'A video, track or playlist of YouTube, Vimeo, Spotify, SoundCloud or Apple Music',
  social: 'A single profile, if `data.profiles` is empty',
  email: 'An address such as `mailto:ada@example.com`',
  phone: 'A number such as `tel:+15550100`',
};

const { title, url, data: _data, ...sharedMembers } = blockMembers;

function buildUrlMember(type: BlockType): z.ZodRawShape {
  const rule = URL_RULES[type].url;
  if (rule === 'none') return {};
  const member = rule === 'required' ? url.unwrap().unwrap() : url;
  return { url: member.describe(URL_DESCRIPTIONS[type] ?? '') };
}

function buildDataMember(type: BlockType): z.ZodRawShape {
  const data = BLOCK_DATA[type];
  if (Object.keys(data.shape).length === 0) return {};
  return { data: type === 'text' ? data : data.optional() };
}

const buildVariant = (type: BlockType) =>
  z
    .strictObject({
      type: z.enum([type]),
      title: type === 'heading' ? title.unwrap().unwrap() : title,
      ...buildUrlMember(type),
      ...buildDataMember(type),
      ...sharedMembers,
    })
    .meta({ id: nameBlockSchema(type, 'BlockInput') });

function buildBlockInput() {
  const [first, ...others] = BLOCK_TYPES;
  return z
    .discriminatedUnion('type', [buildVariant(first), ...others.map(buildVariant)])
    .meta({ id: 'BlockInput' });
}

/** An omitted member of `data` stays as it is, so no default applies. */
const dropDefault = (schema: z.ZodType): z.ZodType =>
  schema instanceof z.ZodDefault && schema.def.innerType instanceof z.ZodType
    ? schema.def.innerType.meta(schema.meta() ?? {})
    : schema;

function buildBlockChanges() {
  const members = Object.values(BLOCK_DATA).flatMap(({ shape }) => Object.entries<z.ZodType>(shape));
  const data = z
    .strictObject(Object.fromEntries(members.map(([name, schema]) => [name, dropDefault(schema)])))
    .partial()
    .meta({ id: 'BlockDataChanges' });
  return z
    .strictObject({
      version: blockVersion.optional(),
      title,
      url,
      data: data
        .optional()
        .describe('Only members that the type of the block has; omitted ones stay as they are'),
      ...sharedMembers,
    })
    .meta({ id: 'UpdateBlockInput' });
}

/** Bodies that the document describes in more detail than the procedure's own schema. */
export const buildDetailedBodies = (): Record<string, z.ZodType> => ({
  'blocks.create': buildBlockInput(),
  'blocks.update': buildBlockChanges(),
});

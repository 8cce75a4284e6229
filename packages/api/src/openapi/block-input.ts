import { z } from 'zod';
import { blockMembers, blockVersion, nameBlockSchema } from '../features/pages/blocks/schema.ts';
import { BLOCK_DEFINITIONS, type BlockType, buildTypeUnion } from '../features/pages/blocks/types/schema.ts';

// The procedures take one object for all types and judge its content later, as an update merges `data` into the stored
// object. Here the same parts make one schema per type.

const { title, url, data: _data, ...sharedMembers } = blockMembers;

type Rules = {
  url: string;
  urlDescription?: string;
  title?: string;
  isDataRequired?: boolean;
  data: z.ZodObject;
};
const getRules = (type: BlockType): Rules => BLOCK_DEFINITIONS[type];

function buildUrlMember(type: BlockType): z.ZodRawShape {
  const { url: rule, urlDescription = '' } = getRules(type);
  if (rule === 'none') return {};
  const member = rule === 'required' ? url.unwrap().unwrap() : url;
  return { url: member.describe(urlDescription) };
}

function buildDataMember(type: BlockType): z.ZodRawShape {
  const { data, isDataRequired } = getRules(type);
  if (Object.keys(data.shape).length === 0) return {};
  return { data: isDataRequired || !data.safeParse({}).success ? data : data.optional() };
}

const buildVariant = (type: BlockType) =>
  z
    .strictObject({
      type: z.enum([type]),
      title: getRules(type).title === 'required' ? title.unwrap().unwrap() : title,
      ...buildUrlMember(type),
      ...buildDataMember(type),
      ...sharedMembers,
    })
    .meta({ id: nameBlockSchema(type, 'BlockInput') });

const buildBlockInput = () => buildTypeUnion(buildVariant).meta({ id: 'BlockInput' });

/** An omitted member of `data` stays as it is, so no default applies. */
const dropDefault = (schema: z.ZodType): z.ZodType =>
  schema instanceof z.ZodDefault && schema.def.innerType instanceof z.ZodType
    ? schema.def.innerType.meta(schema.meta() ?? {})
    : schema;

/** Types can have members of the same name. */
function buildChangedMember(schemas: z.ZodType[]): z.ZodType {
  const [first, ...others] = [...new Map(schemas.map((one) => [describeSchema(one), one])).values()];
  if (!first) throw new Error('A member without a schema');
  return others.length === 0 ? first : z.union([first, ...others]);
}
const describeSchema = (schema: z.ZodType): string => JSON.stringify(z.toJSONSchema(schema, { io: 'input' }));

function buildBlockChanges() {
  const members = Object.values(BLOCK_DEFINITIONS).flatMap(({ data }) =>
    Object.entries<z.ZodType>(data.shape),
  );
  const byName = Map.groupBy(members, ([name]) => name);
  const data = z
    .strictObject(
      Object.fromEntries(
        [...byName].map(([name, given]) => [
          name,
          buildChangedMember(given.map(([, schema]) => dropDefault(schema))),
        ]),
      ),
    )
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

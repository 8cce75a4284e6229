type Schema = {
  $ref?: string;
  description?: string;
  properties?: Record<string, Schema>;
  items?: Schema;
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
};
type Content = { content?: Record<string, { schema?: Schema }> };
type Operation = {
  operationId?: string;
  parameters?: { name?: string; description?: string }[];
  requestBody?: Content;
  responses?: Record<string, Content>;
};
type ApiDocument = {
  paths?: Record<string, object>;
  components?: { schemas?: Record<string, Schema> };
};

const DECLARED_MEMBER = /^( +)(\w+)\??: /;

/** The schema and all that it consists of: alternatives, the items of a list, and what a reference names. */
function listParts(schema: Schema | undefined, document: ApiDocument): Schema[] {
  if (!schema) return [];
  const target = document.components?.schemas?.[schema.$ref?.split('/').at(-1) ?? ''];
  const inner = [
    target,
    schema.items,
    ...[schema.anyOf, schema.oneOf, schema.allOf].flatMap((part) => part ?? []),
  ];
  return [schema, ...inner.flatMap((part) => listParts(part, document))];
}

function listRoots({ parameters = [], requestBody, responses = {} }: Operation): Record<string, Schema[]> {
  const toSchemas = (...answers: (Content | undefined)[]) =>
    answers.flatMap((answer) => answer?.content?.['application/json']?.schema ?? []);
  const properties = Object.fromEntries(
    parameters.map(({ name, description = '' }): [string, Schema] => [name ?? '', { description }]),
  );
  const successes = Object.entries(responses).filter(([status]) => status.startsWith('2'));
  return {
    input: [{ properties }, ...toSchemas(requestBody)],
    output: toSchemas(...successes.map(([, answer]) => answer)),
  };
}

type LineDescriber = (line: string) => string[];

/** Puts the descriptions of the OpenAPI document above the members in the types of a procedure, line by line. */
export function createMemberDescriber(document: ApiDocument): (procedure: string) => LineDescriber {
  const operations: Operation[] = Object.values(document.paths ?? {}).flatMap((path) => Object.values(path));
  return (procedure) => {
    const roots = listRoots(operations.find(({ operationId }) => operationId === procedure) ?? {});
    const open: { indent: number; schemas: Schema[] }[] = [];
    return (line) => {
      const [, spaces = '', name = ''] = DECLARED_MEMBER.exec(line) ?? [];
      if (!name) return [line];
      while ((open.at(-1)?.indent ?? -1) >= spaces.length) open.pop();
      const parents = open.at(-1)?.schemas;
      const found = parents ? parents.map(({ properties }) => properties?.[name]) : roots[name];
      const schemas = (found ?? []).flatMap((schema) => listParts(schema, document));
      open.push({ indent: spaces.length, schemas });
      const text = parents && schemas.find(({ description }) => description)?.description;
      return text ? [`${spaces}/** ${text.replaceAll('*/', '* /')} */`, line] : [line];
    };
  };
}

import { readdir, readFile } from 'node:fs/promises';
import { sql } from 'kysely';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { openDatabase } from './index.ts';
import { cloneDatabase } from './testing/index.ts';

/** A column as either side describes it, such as `users.role: 'admin' | 'user', has a default`. */
type Columns = Map<string, string>;

const describeColumn = (type: string, nullable: boolean, hasDefault: boolean) =>
  `${type}${nullable ? ' | null' : ''}${hasDefault ? ', has a default' : ''}`;

// The types ---------------------------------------------------------------------------------------------

const withoutComments = (text: string) => text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/\/\/.*$/gm, '');

/** Splits at a separator that stands in no bracket and no quotes. */
function split(text: string, separator: string): string[] {
  const parts = [''];
  let depth = 0;
  let isQuoted = false;
  for (const character of text) {
    if (character === "'") isQuoted = !isQuoted;
    if (!isQuoted && '<{(['.includes(character)) depth += 1;
    if (!isQuoted && '>})]'.includes(character)) depth -= 1;
    if (character === separator && depth === 0 && !isQuoted) parts.push('');
    else parts[parts.length - 1] += character;
  }
  return parts.map((part) => part.trim()).filter(Boolean);
}

/** Every `type Name = …;` of a module, by name. */
function typesOf(source: string): Map<string, string> {
  const statements = split(withoutComments(source), ';');
  const aliases = statements.map((statement) => /^(?:export )?type (\w+) = ([\s\S]+)$/.exec(statement));
  return new Map(aliases.flatMap((found) => (found ? [[found[1] ?? '', found[2] ?? ''] as const] : [])));
}

const membersOf = (objectType: string): [string, string][] =>
  split(objectType.replace(/^\{|\}$/g, ''), ';').map((member) => {
    const [, name = '', type = ''] = /^(\w+): ([\s\S]+)$/.exec(member) ?? [];
    return [name, type.replace(/\s+/g, ' ')];
  });

const isLiteral = (type: string) => type.startsWith("'");

/** What reading a column gives, with the names of other types resolved. */
function readType(type: string, types: Map<string, string>): string {
  const parts = split(type, '|');
  if (parts.length > 1) {
    const read = parts.map((part) => readType(part, types));
    return [...read.filter(isLiteral).toSorted(), ...read.filter((part) => !isLiteral(part))].join(' | ');
  }
  const generic = /^(\w+)<([\s\S]+)>$/.exec(type);
  const [first = ''] = split(generic?.[2] ?? '', ',');
  if (generic?.[1] === 'JSONColumnType') return readType(first, types);
  if (generic?.[1] === 'Record' || type.startsWith('{')) return 'json';
  if (generic?.[1] === 'Generated' || generic?.[1] === 'ColumnType') return readType(first, types);
  const alias = types.get(type);
  return alias === undefined ? type : readType(alias, types);
}

/** Whether an insert may leave the column out although it is not null. */
function mayBeLeftOut(type: string, types: Map<string, string>): boolean {
  const [, wrapper, inside = ''] = /^(\w+)<([\s\S]+)>$/.exec(types.get(type) ?? type) ?? [];
  if (wrapper === 'Generated') return true;
  return wrapper === 'ColumnType' && /never|undefined/.test(split(inside, ',')[1] ?? '');
}

function columnsOfTypes(source: string): Columns {
  const types = typesOf(source);
  const tables = membersOf(types.get('Database') ?? '');
  return new Map(
    tables.flatMap(([table, typeName]) =>
      membersOf(types.get(typeName) ?? '').map(([column, type]) => {
        const parts = readType(type, types).split(' | ');
        const base = parts.filter((part) => part !== 'null').join(' | ');
        const hasDefault = mayBeLeftOut(type, types);
        return [`${table}.${column}`, describeColumn(base, parts.includes('null'), hasDefault)];
      }),
    ),
  );
}

/** Table types that no member of `Database` names. */
function forgottenTypes(source: string): string[] {
  const types = typesOf(source);
  const used = new Set(membersOf(types.get('Database') ?? '').map(([, type]) => type));
  return [...types.keys()].filter((name) => name.endsWith('Table') && !used.has(name));
}

// The database ------------------------------------------------------------------------------------------

const TYPES: Record<string, string> = {
  uuid: 'string',
  text: 'string',
  'timestamp with time zone': 'Date',
  boolean: 'boolean',
  smallint: 'number',
  integer: 'number',
  bigint: 'number',
  bytea: 'Buffer',
  date: 'string',
  jsonb: 'json',
  ARRAY: 'string[]',
};

type ColumnRow = {
  name: string;
  type: string;
  nullable: boolean;
  has_default: boolean;
  check: string | null;
};

async function columnsOfDatabase(client: pg.Client): Promise<Columns> {
  const { rows } = await client.query<ColumnRow>(`
    select c.table_name || '.' || c.column_name as name, c.data_type as type, c.is_nullable = 'YES' as nullable,
      c.column_default is not null or c.is_identity = 'YES' or c.is_generated = 'ALWAYS' as has_default,
      (select pg_get_constraintdef(k.oid) from pg_constraint k
        where k.conrelid = c.table_name::regclass and k.contype = 'c' and k.conkey = array[c.ordinal_position::int2]
          and pg_get_constraintdef(k.oid) like '%= ANY (ARRAY[%') as check
    from information_schema.columns c
    where c.table_schema = 'public' and c.table_name not like 'kysely\\_%'
    order by 1`);
  return new Map(
    rows.map((row) => {
      const allowed = row.check
        ?.match(/'[^']*'/g)
        ?.toSorted()
        .join(' | ');
      const type = allowed ?? TYPES[row.type] ?? `no type is agreed for ${row.type}`;
      return [row.name, describeColumn(type, row.nullable, row.has_default)];
    }),
  );
}

/** One line for each difference; a table missing on one side gives one for each column. */
function disagreements(types: Columns, database: Columns): string[] {
  const names = [...new Set([...types.keys(), ...database.keys()])].toSorted();
  return names
    .filter((name) => types.get(name) !== database.get(name))
    .map(
      (name) =>
        `${name}: schema.ts says "${types.get(name) ?? 'nothing'}",` +
        ` the database "${database.get(name) ?? 'nothing'}"`,
    );
}

// -------------------------------------------------------------------------------------------------------

const folder = new URL('./schema/', import.meta.url);
const files = [
  new URL('./schema.ts', import.meta.url),
  ...(await readdir(folder)).toSorted().map((name) => new URL(name, folder)),
];
const source = (await Promise.all(files.map((file) => readFile(file, 'utf8')))).join('\n');
let database: Awaited<ReturnType<typeof cloneDatabase>>;
let client: pg.Client;

beforeAll(async () => {
  database = await cloneDatabase(inject('databaseServerUrl'));
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
});

afterAll(async () => {
  await client.end();
  await database.drop();
});

describe('the types of schema.ts and the migrated database', () => {
  it('have the same tables and columns, with the same types, nulls, defaults and allowed values', async () => {
    const actual = await columnsOfDatabase(client);
    expect(actual.size).toBeGreaterThan(50);
    expect(disagreements(columnsOfTypes(source), actual)).toEqual([]);
    expect(forgottenTypes(source)).toEqual([]);
  });

  it('agree with what the driver makes of each type', async () => {
    const { db, close } = openDatabase({ url: database.url });
    const { rows } = await sql`
      select gen_random_uuid() as uuid, 'x'::text, now() as timestamptz, true as boolean, 1::int4 as integer,
        ${'9007199254740991'}::int8 as bigint, '\\x00ff'::bytea, '2026-01-31'::date,
        '{"a": [1]}'::jsonb as jsonb`.execute(db);
    await close();
    expect(rows).toEqual([
      {
        uuid: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
        text: 'x',
        timestamptz: expect.any(Date) as Date,
        boolean: true,
        integer: 1,
        bigint: Number.MAX_SAFE_INTEGER,
        bytea: Buffer.from([0, 255]),
        date: '2026-01-31',
        jsonb: { a: [1] },
      },
    ]);
  });
});

describe('the comparison itself', () => {
  /** What the change of `source` or of the database adds to what they disagree on already. */
  async function newDisagreements(change: { from: string; to: string } | { statement: string }) {
    const before = disagreements(columnsOfTypes(source), await columnsOfDatabase(client));
    await client.query('begin');
    if ('statement' in change) await client.query(change.statement);
    else expect(source).toContain(change.from);
    const text = 'from' in change ? source.replace(change.from, change.to) : source;
    const after = disagreements(columnsOfTypes(text), await columnsOfDatabase(client));
    await client.query('rollback');
    return after.filter((line) => !before.includes(line));
  }

  it.each([
    ['a null is dropped', 'label: string | null;', 'label: string;', 'referral_links.label'],
    ['a null is added', 'topic: string;', 'topic: string | null;', 'outbox.topic'],
    ['a type is another', 'expires_at: Date;', 'expires_at: string;', 'sessions.expires_at'],
    ['a default is forgotten', 'uses: Generated<number>;', 'uses: number;', 'referral_links.uses'],
    ['a default is made up', '  credits: number;', '  credits: Generated<number>;', 'rewards.credits'],
    ['a value is added', "'referrer' | 'referred'", "'referrer' | 'both' | 'referred'", 'rewards.role'],
    ['a column is missing', '  topic: string;\n', '', 'outbox.topic'],
    ['a column is made up', '  topic: string;\n', '  topic: string;\n  tempo: string;\n', 'outbox.tempo'],
    [
      'JSON may be null',
      'JSONColumnType<Record<string, unknown>>',
      'JSONColumnType<X | null>',
      'outbox.payload',
    ],
  ])('names the column of the types where %s', async (_, from, to, column) => {
    const found = await newDisagreements({ from, to });
    expect(found).toEqual([expect.stringContaining(`${column}: `)]);
  });

  it('names every column of a table that the types leave out', async () => {
    const from = '  outbox: OutboxTable;\n';
    const found = await newDisagreements({ from, to: '' });
    expect(found).toContain('outbox.topic: schema.ts says "nothing", the database "string"');
    expect(forgottenTypes(source.replace(from, ''))).toContain('OutboxTable');
  });

  it.each([
    ['add extra inet', 'extra: schema.ts says "nothing", the database "no type is agreed for inet | null"'],
    ['drop topic', 'topic: schema.ts says "string", the database "nothing"'],
    ['alter topic drop not null', 'topic: schema.ts says "string", the database "string | null"'],
    [
      'alter id set default gen_random_uuid()',
      'id: schema.ts says "string", the database "string, has a default"',
    ],
    ['alter topic type bytea using null', 'topic: schema.ts says "string", the database "Buffer"'],
    [`add check (topic in ('b', 'a'))`, `topic: schema.ts says "string", the database "'a' | 'b'"`],
  ])('names the column of the database after "alter table outbox %s"', async (action, line) => {
    const found = await newDisagreements({ statement: `alter table outbox ${action}` });
    expect(found).toEqual([`outbox.${line}`]);
  });

  it('names every column of a table that the types do not know', async () => {
    const statement = 'create table extra (id uuid primary key, note text)';
    expect(await newDisagreements({ statement })).toEqual([
      'extra.id: schema.ts says "nothing", the database "string"',
      'extra.note: schema.ts says "nothing", the database "string | null"',
    ]);
  });
});

import { readdir, readFile } from 'node:fs/promises';
import { sql } from 'kysely';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { openDatabase } from './index.ts';
import { cloneDatabase } from './testing/index.ts';

/** Columns and their descriptions, such as `users.role` and `'admin' | 'user', has a default`. */
type Columns = Map<string, string>;

const describeColumn = (type: string, nullable: boolean, hasDefault: boolean) =>
  `${type}${nullable ? ' | null' : ''}${hasDefault ? ', has a default' : ''}`;

const withoutComments = (text: string) => text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/\/\/.*$/gm, '');

/** Splits at separators outside brackets and quotes. */
function splitTopLevel(text: string, separator: string): string[] {
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

/** Returns all `type Name = …;` of a module, by name. */
function parseTypes(source: string): Map<string, string> {
  const statements = splitTopLevel(withoutComments(source), ';');
  const aliases = statements.map((statement) => /^(?:export )?type (\w+) =\s+([\s\S]+)$/.exec(statement));
  return new Map(aliases.flatMap((found) => (found ? [[found[1] ?? '', found[2] ?? ''] as const] : [])));
}

const parseMembers = (objectType: string): [string, string][] =>
  splitTopLevel(objectType.replace(/^\{|\}$/g, ''), ';').map((member) => {
    const [, name = '', type = ''] = /^(\w+): ([\s\S]+)$/.exec(member) ?? [];
    return [name, type.replace(/\s+/g, ' ')];
  });

const isLiteral = (type: string) => type.startsWith("'");

/** Returns the type of a column on select, with aliases resolved. */
function readType(type: string, types: Map<string, string>): string {
  const parts = splitTopLevel(type, '|');
  if (parts.length > 1) {
    const read = parts.map((part) => readType(part, types));
    return [...read.filter(isLiteral).toSorted(), ...read.filter((part) => !isLiteral(part))].join(' | ');
  }
  const generic = /^(\w+)<([\s\S]+)>$/.exec(type);
  const [first = ''] = splitTopLevel(generic?.[2] ?? '', ',');
  if (generic?.[1] === 'JSONColumnType') return readType(first, types);
  if (generic?.[1] === 'Record' || type.startsWith('{')) return 'json';
  if (generic?.[1] === 'Generated' || generic?.[1] === 'ColumnType') return readType(first, types);
  const alias = types.get(type);
  return alias === undefined ? type : readType(alias, types);
}

/** Whether an insert may omit the column. */
function isOptionalOnInsert(type: string, types: Map<string, string>): boolean {
  const [, wrapper, inside = ''] = /^(\w+)<([\s\S]+)>$/.exec(types.get(type) ?? type) ?? [];
  if (wrapper === 'Generated') return true;
  return wrapper === 'ColumnType' && /never|undefined/.test(splitTopLevel(inside, ',')[1] ?? '');
}

function readTypeColumns(source: string): Columns {
  const types = parseTypes(source);
  const tables = parseMembers(types.get('Database') ?? '');
  return new Map(
    tables.flatMap(([table, typeName]) =>
      parseMembers(types.get(typeName) ?? '').map(([column, type]) => {
        const parts = readType(type, types).split(' | ');
        const base = parts.filter((part) => part !== 'null').join(' | ');
        const hasDefault = isOptionalOnInsert(type, types);
        return [`${table}.${column}`, describeColumn(base, parts.includes('null'), hasDefault)];
      }),
    ),
  );
}

/** Returns the table types that `Database` does not use. */
function findUnusedTypes(source: string): string[] {
  const types = parseTypes(source);
  const used = new Set(parseMembers(types.get('Database') ?? '').map(([, type]) => type));
  return [...types.keys()].filter((name) => name.endsWith('Table') && !used.has(name));
}

const TYPES: Record<string, string> = {
  uuid: 'string',
  text: 'string',
  'timestamp with time zone': 'Date',
  boolean: 'boolean',
  smallint: 'number',
  integer: 'number',
  'double precision': 'number',
  bigint: 'number',
  bytea: 'Buffer',
  date: 'string',
  jsonb: 'json',
  _text: 'string[]',
  _cidr: 'string[]',
  _int2: 'number[]',
  _int4: 'number[]',
};

type ColumnRow = {
  name: string;
  type: string;
  nullable: boolean;
  has_default: boolean;
  check: string | null;
};

async function readDatabaseColumns(client: pg.Client): Promise<Columns> {
  const { rows } = await client.query<ColumnRow>(`
    select c.table_name || '.' || c.column_name as name, case c.data_type when 'ARRAY' then c.udt_name else c.data_type end as type,
      c.is_nullable = 'YES' as nullable,
      c.column_default is not null or c.is_identity = 'YES' or c.is_generated = 'ALWAYS' as has_default,
      (select pg_get_constraintdef(k.oid) from pg_constraint k
        where k.conrelid = c.table_name::regclass and k.contype = 'c' and k.conkey = array[c.ordinal_position::int2]
          and pg_get_constraintdef(k.oid) like '%= ANY (ARRAY[%') as check
    from information_schema.columns c
    where c.table_schema = 'public' and c.table_name not like 'kysely\\_%'
      and not (select relispartition from pg_class where oid = c.table_name::regclass)
    order by 1`);
  return new Map(
    rows.map((row) => {
      const allowed = row.check
        ?.match(/'[^']*'/g)
        ?.toSorted()
        .join(' | ');
      const type = allowed ?? TYPES[row.type] ?? `no type is defined for ${row.type}`;
      return [row.name, describeColumn(type, row.nullable, row.has_default)];
    }),
  );
}

/** Returns one line per column that differs. */
function compareColumns(types: Columns, database: Columns): string[] {
  const names = [...new Set([...types.keys(), ...database.keys()])].toSorted();
  return names
    .filter((name) => types.get(name) !== database.get(name))
    .map(
      (name) =>
        `${name}: schema.ts says "${types.get(name) ?? 'nothing'}",` +
        ` the database "${database.get(name) ?? 'nothing'}"`,
    );
}

const folder = new URL('./schema/', import.meta.url);
const files = [
  new URL('./schema.ts', import.meta.url),
  ...(await readdir(folder))
    .filter((name) => !name.endsWith('.test.ts'))
    .toSorted()
    .map((name) => new URL(name, folder)),
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
    const actual = await readDatabaseColumns(client);
    expect(actual.size).toBeGreaterThan(50);
    expect(compareColumns(readTypeColumns(source), actual)).toEqual([]);
    expect(findUnusedTypes(source)).toEqual([]);
  });

  it('agree with the values that the driver returns', async () => {
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

describe('the comparison of types and database', () => {
  /** Returns the differences that a change to `source` or to the database adds. */
  async function findNewDifferences(change: { from: string; to: string } | { statement: string }) {
    const before = compareColumns(readTypeColumns(source), await readDatabaseColumns(client));
    await client.query('begin');
    if ('statement' in change) await client.query(change.statement);
    else expect(source).toContain(change.from);
    const text = 'from' in change ? source.replace(change.from, change.to) : source;
    const after = compareColumns(readTypeColumns(text), await readDatabaseColumns(client));
    await client.query('rollback');
    return after.filter((line) => !before.includes(line));
  }

  it.each([
    ['a null is removed', 'label: string | null;', 'label: string;', 'referral_links.label'],
    ['a null is added', 'topic: string;', 'topic: string | null;', 'outbox.topic'],
    ['a type is changed', 'expires_at: Date;', 'expires_at: string;', 'sessions.expires_at'],
    ['a default is removed', 'uses: Generated<number>;', 'uses: number;', 'referral_links.uses'],
    ['a default is added', '  credits: number;', '  credits: Generated<number>;', 'rewards.credits'],
    ['a value is added', "'referrer' | 'referred'", "'referrer' | 'both' | 'referred'", 'rewards.role'],
    ['a column is removed', '  topic: string;\n', '', 'outbox.topic'],
    ['a column is added', '  topic: string;\n', '  topic: string;\n  tempo: string;\n', 'outbox.tempo'],
    [
      'JSON becomes nullable',
      'JSONColumnType<Record<string, unknown>>',
      'JSONColumnType<X | null>',
      'outbox.payload',
    ],
  ])('reports the column if %s in the types', async (_, from, to, column) => {
    const found = await findNewDifferences({ from, to });
    expect(found).toEqual([expect.stringContaining(`${column}: `)]);
  });

  it('reports every column of a table that is missing in the types', async () => {
    const from = '  outbox: OutboxTable;\n';
    const found = await findNewDifferences({ from, to: '' });
    expect(found).toContain('outbox.topic: schema.ts says "nothing", the database "string"');
    expect(findUnusedTypes(source.replace(from, ''))).toContain('OutboxTable');
  });

  it.each([
    ['add extra inet', 'extra: schema.ts says "nothing", the database "no type is defined for inet | null"'],
    ['drop topic', 'topic: schema.ts says "string", the database "nothing"'],
    ['alter topic drop not null', 'topic: schema.ts says "string", the database "string | null"'],
    [
      'alter id set default gen_random_uuid()',
      'id: schema.ts says "string", the database "string, has a default"',
    ],
    ['alter topic type bytea using null', 'topic: schema.ts says "string", the database "Buffer"'],
    [`add check (topic in ('b', 'a'))`, `topic: schema.ts says "string", the database "'a' | 'b'"`],
  ])('reports the column after "alter table outbox %s"', async (action, line) => {
    const found = await findNewDifferences({ statement: `alter table outbox ${action}` });
    expect(found).toEqual([`outbox.${line}`]);
  });

  it('reports every column of a table that is unknown to the types', async () => {
    const statement = 'create table extra (id uuid primary key, note text)';
    expect(await findNewDifferences({ statement })).toEqual([
      'extra.id: schema.ts says "nothing", the database "string"',
      'extra.note: schema.ts says "nothing", the database "string | null"',
    ]);
  });
});

/** A statement as it is sent, with its parameters. */
export type Statement = { sql: string; parameters: readonly unknown[] };

/** The same statement for pgbench: `:n` is a number that no other run of it has, the rest stands in `constants`. */
export type Script = { sql: string; constants: Record<string, string> };

/** A text that is new in each run, and how SQL makes one from `:n`. */
export type Fresh = { text: string; sql: string };

const UUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;
const quote = (text: string) => `'${text.replaceAll("'", "''")}'`;

/** In the order of `:n`, as UUIDv7 are in the order of time. */
const uuidSql = (kind: number) =>
  `('0199' || lpad(to_hex(:n::bigint), 8, '0') || '7${kind.toString(16).padStart(3, '0')}8000000000000000')`;

/** The ids among the parameters; the same id is the same everywhere. */
function findUuids(parameters: readonly unknown[]): Fresh[] {
  const texts = parameters.filter((value) => typeof value === 'string');
  const distinct = new Set(texts.flatMap((text) => text.match(UUID) ?? []));
  return [...distinct].map((text, kind) => ({ text, sql: uuidSql(kind) }));
}

/** SQL for a text in which fresh parts may stand. */
function express(text: string, fresh: Fresh[]): string {
  const found = fresh.find((part) => text.includes(part.text));
  if (!found) return quote(text);
  const pieces = text.split(found.text).map((piece) => (piece === '' ? '' : express(piece, fresh)));
  return pieces
    .flatMap((piece, index) => (index === 0 ? [piece] : [found.sql, piece]))
    .filter((piece) => piece !== '')
    .join(' || ');
}

/** A value as PostgreSQL reads it from text. */
function toText(value: unknown): string {
  if (Buffer.isBuffer(value)) return `\\x${value.toString('hex')}`;
  return Array.isArray(value) ? `{${value.map((item) => JSON.stringify(item)).join(',')}}` : String(value);
}

/**
 * Turns a statement that was sent twice into one that pgbench can repeat: what differed between the two is
 * made anew in each run from `:n`, what did not stays a parameter.
 */
export function toScript([one, other]: [Statement, Statement], fresh: Fresh[]): Script {
  const parts = [...fresh, ...findUuids(one.parameters)];
  const hashes = [...new Set(one.parameters.filter((value) => Buffer.isBuffer(value)).map(toText))];
  const constants: Record<string, string> = {};
  const parameter = (index: number): string => {
    const value = one.parameters[index];
    if (value === null || value === undefined) return 'null';
    const text = toText(value);
    if (text === toText(other.parameters[index])) {
      constants[`c${index}`] = text;
      return `:c${index}`;
    }
    if (!Buffer.isBuffer(value)) return `(${express(text, parts)})`;
    return `sha256(('${hashes.indexOf(text)} of ' || :n::text)::bytea)`;
  };
  const sql = one.sql.replace(/\$(\d+)/g, (_, number: string) => parameter(Number(number) - 1));
  return { sql, constants };
}

export type Statement = { sql: string; parameters: readonly unknown[] };

/** A statement for pgbench. `:n` is unique per execution; all other variables are in `constants`. */
export type Script = { sql: string; constants: Record<string, string> };

/** A text that differs in each execution, and the SQL that computes it from `:n`. */
export type Fresh = { text: string; sql: string };

const UUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;
const quoteSql = (text: string) => `'${text.replaceAll("'", "''")}'`;

/** Ordered by `:n`, as UUIDv7 are by time. */
const buildUuidSql = (kind: number) =>
  `('0199' || lpad(to_hex(:n::bigint), 8, '0') || '7${kind.toString(16).padStart(3, '0')}8000000000000000')`;

function findUuids(parameters: readonly unknown[]): Fresh[] {
  const texts = parameters.filter((value) => typeof value === 'string');
  const distinct = new Set(texts.flatMap((text) => text.match(UUID) ?? []));
  return [...distinct].map((text, kind) => ({ text, sql: buildUuidSql(kind) }));
}

function toSqlText(text: string, fresh: Fresh[]): string {
  const found = fresh.find((part) => text.includes(part.text));
  if (!found) return quoteSql(text);
  const pieces = text.split(found.text).map((piece) => (piece === '' ? '' : toSqlText(piece, fresh)));
  return pieces
    .flatMap((piece, index) => (index === 0 ? [piece] : [found.sql, piece]))
    .filter((piece) => piece !== '')
    .join(' || ');
}

function toText(value: unknown): string {
  if (Buffer.isBuffer(value)) return `\\x${value.toString('hex')}`;
  return Array.isArray(value) ? `{${value.map((item) => JSON.stringify(item)).join(',')}}` : String(value);
}

/**
 * Turns two executions of a statement into a script for pgbench. Parameters that differ are computed from `:n`; the others
 * become constants.
 */
export function toScript([one, other]: [Statement, Statement], fresh: Fresh[]): Script {
  const parts = [...fresh, ...findUuids(one.parameters)];
  const hashes = [...new Set(one.parameters.filter((value) => Buffer.isBuffer(value)).map(toText))];
  const constants: Record<string, string> = {};
  const toParameter = (index: number): string => {
    const value = one.parameters[index];
    if (value === null || value === undefined) return 'null';
    const text = toText(value);
    if (text === toText(other.parameters[index])) {
      constants[`c${index}`] = text;
      return `:c${index}`;
    }
    if (!Buffer.isBuffer(value)) return `(${toSqlText(text, parts)})`;
    return `sha256(('${hashes.indexOf(text)} of ' || :n::text)::bytea)`;
  };
  // pgbench also takes the `:MI` of a date format for a variable; a quoted colon means the same.
  const text = one.sql.replaceAll(/:(?=[A-Z])/g, '":"');
  const sql = text.replace(/\$(\d+)/g, (_, number: string) => toParameter(Number(number) - 1));
  return { sql, constants };
}

import { type Db, openDatabase } from '@linkgrove/db';

const HOUR_MS = 3_600_000;

export type Sql = { run: <Row>(text: string) => Promise<Row[]>; close: () => Promise<void> };

/** Opens a connection for raw SQL, with several statements per call and a timeout of one hour. */
export function openSql(url: string): Sql {
  const { db, close } = openDatabase({ url, statementTimeout: HOUR_MS });
  return { run: (text) => runSql(db, text), close };
}

async function runSql<Row>(db: Db, sql: string): Promise<Row[]> {
  const { rows } = await db.executeQuery<Row>({ ...db.selectNoFrom([]).compile(), sql, parameters: [] });
  return rows;
}

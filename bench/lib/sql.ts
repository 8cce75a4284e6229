import { type Db, openDatabase } from '@linkgrove/db';

const HOUR = 3_600_000;

export type Sql = { run: <Row>(text: string) => Promise<Row[]>; close: () => Promise<void> };

/** A way to send SQL as it is written, several statements at once too, of up to an hour each. */
export function openSql(url: string): Sql {
  const { db, close } = openDatabase({ url, statementTimeout: HOUR });
  return { run: (text) => runSql(db, text), close };
}

async function runSql<Row>(db: Db, sql: string): Promise<Row[]> {
  const { rows } = await db.executeQuery<Row>({ ...db.selectNoFrom([]).compile(), sql, parameters: [] });
  return rows;
}

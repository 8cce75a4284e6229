import pg from 'pg';
import type { Statement } from './statement.ts';

const isQuery = (value: unknown): value is { text: string; values: unknown[] } =>
  typeof value === 'object' && value !== null && 'text' in value && 'values' in value;

/** Reports every statement that this process sends from now on, prepared or not. */
export function watchQueries(onStatement: (statement: Statement) => void): void {
  const { query } = pg.Client.prototype;
  pg.Client.prototype.query = new Proxy(query, {
    apply: (target, client, args: unknown[]) => {
      const [first] = args;
      if (isQuery(first)) onStatement({ sql: first.text, parameters: first.values });
      return Reflect.apply(target, client, args) as unknown;
    },
  });
}

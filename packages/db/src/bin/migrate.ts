import { migrateToLatest } from '../migrate.ts';

function fail(message: string): never {
  console.error(message);
  process.exit(1);
}

const url = process.env['DATABASE_URL'];
if (!url) fail('DATABASE_URL is required');
const applied = await migrateToLatest(url).catch((error: unknown) =>
  fail(`Cannot migrate the database: ${error instanceof Error ? error.message : String(error)}`),
);
console.log(applied.length > 0 ? `Applied ${applied.join(', ')}` : 'The schema is up to date');

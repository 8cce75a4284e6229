import { migrateToLatest } from '../migrate.ts';

const url = process.env['DATABASE_URL'];
if (!url) {
  console.error('DATABASE_URL is required');
  process.exit(1);
}
const applied = await migrateToLatest(url);
console.log(applied.length > 0 ? `Applied ${applied.join(', ')}` : 'The schema is up to date');

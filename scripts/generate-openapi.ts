import { readFileSync, writeFileSync } from 'node:fs';
import { buildOpenApiDocument } from '@linkgrove/api/openapi';

// Writes openapi.json. With --check it fails if the committed file is out of date.
const file = new URL('../openapi.json', import.meta.url);
const document = `${JSON.stringify(buildOpenApiDocument(), null, 2)}\n`;

if (!process.argv.includes('--check')) writeFileSync(file, document);
else if (readFileSync(file, 'utf8') !== document) {
  console.error('openapi.json is out of date: run `npm run openapi`');
  process.exit(1);
}

import { readFileSync, writeFileSync } from 'node:fs';
import { listEventTypes } from '@linkgrove/api/openapi';

// Writes the types of events in docs/webhooks.md. With --check it fails if they are out of date.
const file = new URL('../docs/webhooks.md', import.meta.url);
const [start, end] = ['<!-- events: generated -->', '<!-- events: end -->'];

/** With lists on one line, as the formatter writes them. */
const renderJson = (value: object): string =>
  JSON.stringify(value, null, 2).replaceAll(/\[\s+([^[\]{}]*?)\s+\]/g, (_, items: string) =>
    ['[', items.replaceAll(/\s*\n\s*/g, ' '), ']'].join(''),
  );

const sections = listEventTypes().items.map(({ type, description, scope, exampleBody }) =>
  [
    `### ${type}`,
    `${description} An API key needs \`${scope}\`.`,
    `\`\`\`json\n${renderJson(exampleBody)}\n\`\`\``,
  ].join('\n\n'),
);

const before = readFileSync(file, 'utf8');
const [head = '', rest = ''] = before.split(start, 2);
const after = [head, start, '\n\n', sections.join('\n\n'), '\n\n', end, rest.split(end, 2)[1]].join('');
if (!process.argv.includes('--check')) writeFileSync(file, after);
else if (before !== after) {
  console.error('docs/webhooks.md is out of date: run `node scripts/generate-event-docs.ts`');
  process.exit(1);
}

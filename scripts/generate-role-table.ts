import { endpoints } from '@linkgrove/api';
import { type Action, ACTIONS, isRoleAllowed, ROLES } from '@linkgrove/api/access';
import { readFileSync, writeFileSync } from 'node:fs';

// Writes the tables of roles in docs/workspaces.md. With --check it fails if they are out of date.
const file = new URL('../docs/workspaces.md', import.meta.url);
const MARKS = ['<!-- roles: generated -->', '<!-- roles: end -->'] as const;

/** With padded columns, as the formatter writes them. */
function renderTable(rows: string[][]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const renderRow = (row: string[]) =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const [head = [], ...body] = rows;
  return [head, widths.map((width) => '-'.repeat(width)), ...body].map(renderRow).join('\n');
}

const actions = Object.keys(ACTIONS).filter((name): name is Action => name in ACTIONS);

const rolesTable = renderTable([
  ['', ...ROLES],
  ...actions.map((action) => [
    ACTIONS[action].summary,
    ...ROLES.map((role) => (isRoleAllowed(role, action) ? 'yes' : '')),
  ]),
]);

const proceduresTable = renderTable([
  ['action', 'procedures'],
  ...actions.map((action) => [
    `\`${action}\``,
    endpoints
      .filter((endpoint) => endpoint.action === action)
      .map(({ name }) => `\`${name}\``)
      .join(', ') || 'no procedure of its own',
  ]),
]);

const [start, end] = MARKS;
const before = readFileSync(file, 'utf8');
const [text = '', rest = ''] = before.split(start);
const after = rest.slice(rest.indexOf(end));
const tables = `${rolesTable}\n\nIn the API, each of these is an action, and each procedure declares the one that it does:\n\n${proceduresTable}`;
const document = `${text}${start}\n\n${tables}\n\n${after}`;

if (!process.argv.includes('--check')) writeFileSync(file, document);
else if (before !== document) {
  console.error('docs/workspaces.md is out of date: run `npm run roles`');
  process.exit(1);
}

import { type Endpoint, endpoints } from '@linkgrove/api';
import {
  type Action,
  ACTIONS,
  isRoleAllowed,
  PERSONAL_SCOPES,
  ROLES,
  type Scope,
  SCOPES,
} from '@linkgrove/api/access';
import { readFileSync, writeFileSync } from 'node:fs';

// Writes the tables of roles in docs/workspaces.md and of scopes in docs/api-keys.md. With --check it fails if they are
// out of date.

/** With padded columns, as the formatter writes them. */
function renderTable(rows: string[][]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const renderRow = (row: string[]) =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const [head = [], ...body] = rows;
  return [head, widths.map((width) => '-'.repeat(width)), ...body].map(renderRow).join('\n');
}

const actions = Object.keys(ACTIONS).filter((name): name is Action => name in ACTIONS);
const scopes = Object.keys(SCOPES).filter((name): name is Scope => name in SCOPES);

const listProcedures = (isListed: (endpoint: Endpoint) => boolean, none: string): string =>
  endpoints
    .filter(isListed)
    .map(({ name }) => `\`${name}\``)
    .join(', ') || none;

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
    listProcedures((endpoint) => endpoint.action === action, 'no procedure of its own'),
  ]),
]);

const scopesTable = renderTable([
  ['scope', 'allows a key to', 'procedures'],
  ...scopes.map((scope) => [
    `\`${scope}\`${PERSONAL_SCOPES.has(scope) ? ' ¹' : ''}`,
    SCOPES[scope],
    listProcedures((endpoint) => endpoint.scope === scope, 'none yet'),
  ]),
]);

function writeSection(file: string, name: string, section: string): boolean {
  const url = new URL(`../${file}`, import.meta.url);
  const [start, end] = [`<!-- ${name}: generated -->`, `<!-- ${name}: end -->`];
  const before = readFileSync(url, 'utf8');
  const [text = '', rest = ''] = before.split(start);
  const document = `${text}${start}\n\n${section}\n\n${rest.slice(rest.indexOf(end))}`;
  if (!process.argv.includes('--check')) writeFileSync(url, document);
  else if (before !== document) console.error(`${file} is out of date: run \`npm run roles\``);
  return before === document;
}

const isUpToDate = [
  writeSection(
    'docs/workspaces.md',
    'roles',
    `${rolesTable}\n\nIn the API, each of these is an action, and each procedure declares the one that it does:\n\n${proceduresTable}`,
  ),
  writeSection('docs/api-keys.md', 'scopes', scopesTable),
].every(Boolean);
if (process.argv.includes('--check') && !isUpToDate) process.exit(1);

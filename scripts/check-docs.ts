import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';

// Checks that the documentation matches the repository. Prints one line per problem and exits with 1.
const ROOT = join(import.meta.dirname, '..');
const ADR_FOLDER = 'docs/adr';
const SETTINGS_TABLES = ['README.md', 'docs/operations.md'];

const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');
const find = (pattern: string): string[] =>
  globSync(pattern, { cwd: ROOT, exclude: (name) => ['node_modules', 'dist', '.data'].includes(name) });
const matchAll = (text: string, pattern: RegExp): string[] =>
  [...text.matchAll(pattern)].map(([, group = '']) => group);

const stripCode = (text: string): string =>
  text.replace(/^ *```[\s\S]*?^ *```/gm, '').replace(/`[^`\n]*`/g, 'code');

/** Returns the anchors GitHub gives the headings of a file. */
function listAnchors(file: string): Set<string> {
  const seen = new Map<string, number>();
  const headings = matchAll(read(file).replace(/^ *```[\s\S]*?^ *```/gm, ''), /^#{1,6} (.+)$/gm);
  return new Set(
    headings.map((heading) => {
      const slug = heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\p{M}_ -]/gu, '')
        .replaceAll(' ', '-');
      const count = seen.get(slug) ?? 0;
      seen.set(slug, count + 1);
      return count === 0 ? slug : `${slug}-${count}`;
    }),
  );
}

function checkLink(file: string, link: string): string[] {
  if (/^[a-z][a-z+.-]*:/i.test(link)) return [];
  const [path = '', anchor] = link.split('#', 2);
  const target = path === '' ? file : normalize(join(dirname(file), path));
  if (target.startsWith('..') || !existsSync(join(ROOT, target))) return [`${file}: ${link} does not exist`];
  if (anchor === undefined || statSync(join(ROOT, target)).isDirectory()) return [];
  return listAnchors(target).has(anchor) ? [] : [`${file}: ${link} has no such heading`];
}

const checkLinks = (): string[] =>
  find('**/*.md').flatMap((file) =>
    matchAll(stripCode(read(file)), /\]\(([^)\s]+)\)/g).flatMap((link) => checkLink(file, link)),
  );

function checkDecisions(): string[] {
  const files = find(`${ADR_FOLDER}/[0-9]*.md`)
    .map((file) => relative(ADR_FOLDER, file))
    .toSorted();
  const rows = read(`${ADR_FOLDER}/README.md`).split('\n');
  return files.flatMap((name, index) => {
    const number = String(index + 1).padStart(4, '0');
    const text = read(join(ADR_FOLDER, name));
    const row = rows.find((line) => line.startsWith(`| [${number}](${name})`)) ?? '';
    return [
      ...(name.startsWith(`${number}-`) ? [] : [`${name}: expected number ${number}`]),
      ...(text.startsWith(`# ${index + 1}. `) ? [] : [`${name}: the title must start with "${index + 1}. "`]),
      ...(/^Status: (accepted|proposed|superseded)/m.test(text) ? [] : [`${name}: no status`]),
      ...(/\| (accepted|proposed|superseded)[^|]*\|$/.test(row)
        ? []
        : [`${name}: not listed in README.md with a status`]),
    ];
  });
}

const readSettings = (file: string): string => /^## Settings$([\s\S]*?)^## /m.exec(read(file))?.[1] ?? '';

/** A merge may leave a whole table twice. */
function findRepeatedRows(file: string): string[] {
  const cells = matchAll(readSettings(file), /^\| *(`[^|]*`) *\|/gm);
  return cells
    .filter((cell, index) => cells.indexOf(cell) !== index)
    .map((cell) => `${file}: ${cell.trim()} is in the settings twice`);
}

function checkSettings(): string[] {
  const parsed = matchAll(
    find('packages/api/src/core/config/*.ts').map(read).join('\n'),
    /^ {2}([A-Z][A-Z0-9_]+):/gm,
  );
  const documented = SETTINGS_TABLES.flatMap((file) => {
    const cells = matchAll(readSettings(file), /^\|([^|]*)\|/gm);
    return cells.flatMap((cell) => matchAll(cell, /`([A-Z][A-Z0-9_]+)`/g));
  });
  return [
    ...SETTINGS_TABLES.flatMap(findRepeatedRows),
    ...documented
      .filter((name) => !parsed.includes(name))
      .map((name) => `${name} is in a settings table, not in core/config`),
    ...parsed
      .filter((name) => !documented.includes(name))
      .map((name) => `${name} is in core/config, not in a settings table`),
  ];
}

/** A frontend has to serve every path of `APP_URL` that a mail leads to. */
function checkRoutes(): string[] {
  const mails = find('packages/api/src/features/mail/**/templates.ts').map(read).join('\n');
  const documented = matchAll(read('docs/build-a-frontend.md'), /^\| `(\/[a-z-]+)\?/gm);
  return [...new Set(matchAll(mails, /\$\{appUrl\}(\/[a-z-]+)\?token=/g))]
    .filter((path) => !documented.includes(path))
    .map((path) => `docs/build-a-frontend.md: mails lead to ${path}, which is no route`);
}

const problems = [...checkLinks(), ...checkDecisions(), ...checkSettings(), ...checkRoutes()];
for (const problem of problems) console.error(problem);
process.exitCode = problems.length > 0 ? 1 : 0;

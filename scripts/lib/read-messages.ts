import { type Node, parseSync } from '@swc/core';

export type Group = 'errors' | 'mail' | 'pages' | 'reference' | 'commands' | 'log' | 'other';
export type Message = { group: Group; file: string; line: number; text: string };

/** Files whose every text is for people. */
const FILE_GROUPS: [RegExp, Group][] = [
  [/features\/mail\/([\w-]+\/)?templates\.ts$/, 'mail'],
  [/locales\/en\.ts$/, 'pages'],
  [/apps\/server\/src\/(built-in-pages\/[\w-]+|assets\/script|html|plugins\/dev-mail)\.ts$/, 'pages'],
  [/^scripts\/|\/bin\//, 'commands'],
];
const ERROR_CALL = /Error$|^addIssue$|^refuse/;
const ERROR_MEMBERS = new Set(['message', 'error', 'detail', 'reason', 'text']);
const REFERENCE_MEMBERS = new Set(['summary', 'description']);
const LOG_CALLS = new Set(['fatal', 'error', 'warn', 'info', 'debug']);
/** Tags of templates that are not for people. */
const OTHER_TAGS = new Set(['sql', 'insertPart', 'sqlPart']);
const WORDS = /\p{L}[\p{L}’'-]*[,:;]? (?:\p{L}|\{)/u;
const TAG_OR_ENTITY = /<[^>]*>|&\w+;/g;

type Unknown = Record<string, unknown>;
const isObject = (value: unknown): value is Unknown => typeof value === 'object' && value !== null;
const readName = (node: unknown): string => {
  if (!isObject(node)) return '';
  if (typeof node['value'] === 'string') return node['value'];
  return readName(node['property']) || readName(node['expression']) || readName(node['callee']);
};

/** Joins the parts of a template; expressions become `{name}`. */
function joinTemplate(node: Unknown): string {
  const quasis = Array.isArray(node['quasis']) ? node['quasis'] : [];
  const expressions = Array.isArray(node['expressions']) ? node['expressions'] : [];
  return quasis
    .map((quasi: unknown, index) => {
      const text = isObject(quasi) && typeof quasi['cooked'] === 'string' ? quasi['cooked'] : '';
      return index < expressions.length ? `${text}{${readName(expressions[index]) || '…'}}` : text;
    })
    .join('');
}

type Context = { group: Group | undefined; isKnown: boolean };

/** Finds the group of the texts below a node; undefined if the node says nothing about it. */
function findGroup(node: Unknown): Group | undefined {
  const { type } = node;
  if (type === 'NewExpression' || type === 'CallExpression') {
    const name = readName(node['callee']);
    if (ERROR_CALL.test(name)) return 'errors';
    if (name === 'describe') return 'reference';
    if (LOG_CALLS.has(name)) return 'log';
    if (name === 'log') return 'commands';
  }
  if (type === 'KeyValueProperty') {
    const key = readName(node['key']);
    if (REFERENCE_MEMBERS.has(key)) return 'reference';
    if (ERROR_MEMBERS.has(key)) return 'errors';
  }
  return undefined;
}

/** Splits markup into the texts between its tags. */
const splitMarkup = (text: string): string[] =>
  text.includes('<') ? text.split(TAG_OR_ENTITY).map((part) => part.trim()) : [text.trim()];

/** Reads the messages of a source file: texts of at least two words, and shorter ones where only people read them. */
export function readMessages(file: string, source: string): Message[] {
  const messages: Message[] = [];
  const fileGroup = FILE_GROUPS.find(([pattern]) => pattern.test(file))?.[1];

  const add = (text: string, { group, isKnown }: Context): void => {
    for (const part of splitMarkup(text)) {
      const isWord = isKnown && /^\p{Lu}\p{Ll}+$/u.test(part);
      if (!WORDS.test(part) && !isWord) continue;
      const start = source.indexOf(part.slice(0, part.search(/\{|\n|$/)).slice(0, 20));
      const line = source.slice(0, Math.max(0, start)).split('\n').length;
      messages.push({ group: group ?? fileGroup ?? 'other', file, line, text: part.replaceAll(/\s+/g, ' ') });
    }
  };

  const visit = (node: unknown, context: Context): void => {
    if (Array.isArray(node)) for (const item of node) visit(item, context);
    if (!isObject(node) || Array.isArray(node)) return;
    const group = findGroup(node);
    const inner: Context = group ? { group, isKnown: group === 'errors' } : context;
    const { type } = node;
    if (type === 'ImportDeclaration' || type === 'TsLiteralType') return;
    if (type === 'TaggedTemplateExpression' && OTHER_TAGS.has(readName(node['tag']))) return;
    if (type === 'StringLiteral') return add(String(node['value']), inner);
    if (type === 'TemplateLiteral') {
      const text = joinTemplate(node);
      // The script of the built-in pages is a text itself.
      if (/\bconst \w+ = /.test(text)) return void messages.push(...readMessages(file, text));
      add(text, inner);
      return visit(node['expressions'], inner);
    }
    // Keys of objects are not shown.
    if (type === 'KeyValueProperty') return visit(node['value'], inner);
    for (const value of Object.values(node)) visit(value, inner);
  };

  const module: Node & { body: unknown } = parseSync(source, { syntax: 'typescript', target: 'esnext' });
  const isTranslation = file.includes('/locales/');
  visit(module.body, { group: undefined, isKnown: isTranslation });
  return fileGroup || isTranslation ? messages : messages.filter(({ text, group }) => isShown(text, group));
}

/** Outside files for people, a text that starts in lower case is code unless it is logged. */
const isShown = (text: string, group: Group): boolean => group === 'log' || /^[\p{Lu}{“"@]/u.test(text);

import { globSync, readFileSync } from 'node:fs';
import { type Declaration, type Expression, type ModuleItem, parseSync, type Pattern } from '@swc/core';

// Checks the names of exports in packages/*/src and apps/*/src: functions begin with a verb, no value is exported under
// the same name from two files, and no name is too general to search for. Part of `npm run verify`.

// Add a verb here if none of these says it; keep the order.
const VERBS = new Set(
  `
    abandon accept add adjust allow anonymise answer apply approve assign authenticate begin bound build
      cancel canonicalize capture change check choose claim clear close collect compact compare complete compute
      confirm connect consume copy count create decide decode decrypt define delete deliver describe disable
      discard dispatch drop duplicate encode encrypt end enqueue erase escape examine execute export extend
      find finish fold format fulfil generate get grant handle has hash hide hold identify import insert
      invalidate is judge keep leave limit list load lock log look mail make mark measure merge migrate mix
      move negotiate normalize on open order pack paginate parse pause pay peek pick prepare preview probe
      publish qualify reach read reauthenticate reconcile record recover redeem refresh refuse regain register
      reject relay release remove rename render reopen replace replay report request require reseal resend
      reset resolve restore resume retake retire return reverse revoke reward roll rotate run schedule scope
      select send serve set settle should show sign simplify spawn spend start stop store subtract sum suspend
      take to touch track transfer transition trash trust try undo unlock unmark unpublish unsubscribe update
      use verify wait waive watch with write
  `
    .trim()
    .split(/\s+/),
);
/** The tagged template's usual name, which editors highlight. */
const CONVENTIONAL = new Set(['html']);
const NAMED_BY_RESULT = /(Plugin|Procedure|Query|Parts?|Condition|Subquery|Schema|Job)$/;
const TOO_GENERAL = new Set(['create', 'get', 'insertion', 'list', 'pass', 'remove', 'show', 'update']);

const FILES = ['packages/*/src/**/*.ts', 'apps/*/src/**/*.ts'];
const EXCLUDED = ['**/*.test.ts', '**/*.d.ts', '**/testing/**', '**/migrations/**'];

type Export = { name: string; isFunction: boolean };

const isFunctionExpression = (expression: Expression | undefined): boolean =>
  expression?.type === 'ArrowFunctionExpression' || expression?.type === 'FunctionExpression';

function readNames(pattern: Pattern): string[] {
  if (pattern.type === 'Identifier') return [pattern.value];
  if (pattern.type === 'ArrayPattern')
    return pattern.elements.flatMap((element) => (element ? readNames(element) : []));
  if (pattern.type !== 'ObjectPattern') return [];
  return pattern.properties.flatMap((property) =>
    property.type === 'AssignmentPatternProperty'
      ? [property.key.value]
      : readNames(property.type === 'KeyValuePatternProperty' ? property.value : property.argument),
  );
}

function listDeclared(declaration: Declaration): Export[] {
  switch (declaration.type) {
    case 'FunctionDeclaration':
      return [{ name: declaration.identifier.value, isFunction: true }];
    case 'ClassDeclaration':
      return [{ name: declaration.identifier.value, isFunction: false }];
    case 'TsEnumDeclaration':
      return [{ name: declaration.id.value, isFunction: false }];
    case 'VariableDeclaration':
      return declaration.declarations.flatMap(({ id, init }) =>
        readNames(id).map((name) => ({ name, isFunction: isFunctionExpression(init) })),
      );
    case 'TsInterfaceDeclaration':
    case 'TsModuleDeclaration':
    case 'TsTypeAliasDeclaration':
      return [];
  }
}

/** Lists the exports that a module declares itself; re-exports and default exports are ignored. */
function listExports(items: ModuleItem[]): Export[] {
  const local = new Map<string, Export>();
  const isLocal = (item: ModuleItem): item is Declaration =>
    /^(Function|Class|Variable|TsEnum)/.test(item.type) && item.type.endsWith('Declaration');
  for (const item of items) if (isLocal(item)) for (const one of listDeclared(item)) local.set(one.name, one);
  return items.flatMap((item): Export[] => {
    if (item.type === 'ExportDeclaration') return listDeclared(item.declaration);
    if (item.type !== 'ExportNamedDeclaration' || item.source) return [];
    return item.specifiers.flatMap((specifier) => {
      if (specifier.type !== 'ExportSpecifier') return [];
      const declared = local.get(specifier.orig.value);
      return declared ? [{ ...declared, name: (specifier.exported ?? specifier.orig).value }] : [];
    });
  });
}

function findNameProblem({ name, isFunction }: Export): string | undefined {
  if (TOO_GENERAL.has(name)) return 'is too general to search for';
  if (!isFunction || NAMED_BY_RESULT.test(name) || CONVENTIONAL.has(name)) return undefined;
  const [verb = ''] = /^[a-z]+/.exec(name) ?? [];
  return VERBS.has(verb) ? undefined : 'does not begin with a verb from scripts/check-exports.ts';
}

const problems: string[] = [];
const filesByName = new Map<string, string[]>();
for (const file of FILES.flatMap((pattern) => globSync(pattern, { exclude: EXCLUDED })).toSorted()) {
  const { body } = parseSync(readFileSync(file, 'utf8'), { syntax: 'typescript', target: 'es2024' });
  for (const one of listExports(body)) {
    const problem = findNameProblem(one);
    if (problem) problems.push(`${file}: \`${one.name}\` ${problem}`);
    filesByName.set(one.name, [...(filesByName.get(one.name) ?? []), file]);
  }
}
for (const [name, files] of filesByName)
  if (files.length > 1) problems.push(`${files.join(', ')}: all export \`${name}\``);

for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exit(1);

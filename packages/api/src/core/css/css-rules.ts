import type { Declaration, Rule } from 'lightningcss';

export type RuleBlock = { line: number; declarations: Declaration[] };
type Block = { declarations?: Declaration[]; importantDeclarations?: Declaration[] };

const toRuleBlock = (
  { loc }: { loc: { line: number } },
  { declarations = [], importantDeclarations = [] }: Block = {},
): RuleBlock => ({ line: loc.line + 1, declarations: [...declarations, ...importantDeclarations] });

/** The declarations of a style rule, or of each frame of an animation, with the line of the rule. */
export function listRuleBlocks(rule: Rule): RuleBlock[] {
  if (rule.type === 'style') return [toRuleBlock(rule.value, rule.value.declarations)];
  if (rule.type !== 'keyframes') return [];
  return rule.value.keyframes.map(({ declarations }) => toRuleBlock(rule.value, declarations));
}

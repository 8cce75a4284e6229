export type Change = { i: number; letter: string; substitution: string };
/** `changes` are by position in `text`. */
export type Spelling = { text: string; changes: Change[] };

/** The substitutions of zxcvbn: `4` and `@` for `a`, and so on. */
type Substitutions = {
  parents: string[];
  subs?: string[];
  getChild: (character: string) => Substitutions | undefined;
};

/** A letter is not there four times in a row. */
const MAX_SAME_IN_A_ROW = 3;

type Walk = {
  index: number;
  text: string;
  changes: Change[];
  isComplete: boolean;
  last?: string | undefined;
  sameInARow: number;
};

/** Lists the substitutions that begin at `index`, longest first. */
function listSubstitutions(password: string, index: number, root: Substitutions): Substitutions[] {
  const found: Substitutions[] = [];
  let node: Substitutions | undefined = root;
  for (let at = index; at < password.length; at += 1) {
    node = node.getChild(password.charAt(at));
    if (!node) break;
    if (node.subs) found.unshift(node);
  }
  return found;
}

/**
 * Lists at most `limit` texts that the password may stand for: first those with every substitution undone, then those with
 * some. In the order of zxcvbn, because the limit cuts the rest off.
 */
export function listPlainSpellings(password: string, root: Substitutions, limit: number): Spelling[] {
  const spellings: Spelling[] = [];
  const walk = (step: Walk, mustUndoAll: boolean): void => {
    if (spellings.length >= limit) return;
    const { index, text, changes, isComplete, last, sameInARow } = step;
    if (index === password.length) {
      if (mustUndoAll === isComplete) spellings.push({ text, changes });
      return;
    }
    let hasSubstitution = false;
    for (const { parents, subs = [] } of listSubstitutions(password, index, root)) {
      const substitution = parents.join('');
      const row = last === substitution ? sameInARow + 1 : 1;
      if (row > MAX_SAME_IN_A_ROW) continue;
      hasSubstitution = true;
      for (const letter of subs) {
        const change = { i: text.length, letter, substitution };
        walk(
          {
            index: index + substitution.length,
            text: text + letter,
            changes: [...changes, change],
            isComplete,
            last: substitution,
            sameInARow: row,
          },
          mustUndoAll,
        );
      }
    }
    if (mustUndoAll && hasSubstitution) return;
    const kept = { index: index + 1, text: text + password.charAt(index), changes, last, sameInARow };
    walk({ ...kept, isComplete: isComplete && !hasSubstitution }, mustUndoAll);
  };
  for (const mustUndoAll of [true, false])
    walk({ index: 0, text: '', changes: [], isComplete: true, sameInARow: 0 }, mustUndoAll);
  return spellings;
}

import { isDeepStrictEqual } from 'node:util';
import type { Snapshot, SnapshotBlock } from '../snapshots/schema.ts';

/** Per page; the oldest make room. */
export const MAX_VERSIONS = 50;

/** `member` and `before`, `after` for changed values; `block` for everything about a block. */
export type Change = {
  kind: 'page' | 'block_added' | 'block_removed' | 'block_changed' | 'block_moved';
  block: { id: string; type: string; title: string | null } | null;
  member: string | null;
  before: unknown;
  after: unknown;
  text: string;
};

const toCamelCase = (name: string): string =>
  name.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase());

const WORDS: Record<string, string> = {
  avatarUrl: 'avatar',
  avatarFileId: 'avatar',
  seo: 'search settings',
  madeWith: 'link to the platform',
  url: 'link',
  data: 'content',
  startsAt: 'start',
  endsAt: 'end',
  thumbnailUrl: 'thumbnail',
  thumbnailFileId: 'thumbnail',
};
const toWords = (member: string): string =>
  WORDS[member] ?? member.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

const MAX_QUOTED_LENGTH = 60;
const quote = (text: string): string =>
  `“${text.length > MAX_QUOTED_LENGTH ? `${text.slice(0, MAX_QUOTED_LENGTH)}…` : text}”`;

function describeValues(before: unknown, after: unknown): string {
  if (typeof before === 'boolean' && typeof after === 'boolean') return after ? ' turned on' : ' turned off';
  if ((before ?? null) === null) return typeof after === 'string' ? ` set to ${quote(after)}` : ' set';
  if ((after ?? null) === null) return ' removed';
  const isShown = typeof before === 'string' && typeof after === 'string';
  return isShown ? ` changed from ${quote(before)} to ${quote(after)}` : ' changed';
}

const capitalize = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

type Values = Record<string, unknown>;
/** Values of members that older snapshots do not have; all others are null. */
const LATER_MEMBERS: Values = { made_with: false };
const readMember = (values: Values, name: string): unknown => values[name] ?? LATER_MEMBERS[name] ?? null;
const listChangedMembers = (before: Values, after: Values): string[] =>
  [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
    (name) => !isDeepStrictEqual(readMember(before, name), readMember(after, name)),
  );

/** Members of a page, and `blocks`. */
export const listSnapshotChanges = (before: Snapshot, after: Snapshot): string[] => [
  ...listChangedMembers(before.page, after.page).map(toCamelCase),
  ...(isDeepStrictEqual(before.blocks, after.blocks) ? [] : ['blocks']),
];

const readText = (value: unknown): string | null => (typeof value === 'string' ? value : null);
const toBlockName = (block: SnapshotBlock) => ({
  id: block.id,
  type: readText(block['type']) ?? '',
  title: readText(block['title']),
});
type BlockName = ReturnType<typeof toBlockName>;
const nameBlock = ({ type, title }: BlockName): string =>
  title === null ? `A block of the type ${type}` : `The ${type} ${quote(title)}`;

/** The largest set of blocks that are still in the order that they had; all others were moved. */
function listUnmovedIds(before: string[], after: string[]): Set<string> {
  const places = new Map(before.map((id, index) => [id, index]));
  const chains: { place: number; ids: string[] }[] = [];
  for (const id of after) {
    const place = places.get(id) ?? 0;
    const best = chains
      .filter((chain) => chain.place < place)
      .reduce<string[]>((longest, { ids }) => (ids.length > longest.length ? ids : longest), []);
    chains.push({ place, ids: [...best, id] });
  }
  return new Set(
    chains.reduce<string[]>((longest, { ids }) => (ids.length > longest.length ? ids : longest), []),
  );
}

const createBlockChange = (
  kind: Exclude<Change['kind'], 'page' | 'block_changed'>,
  block: SnapshotBlock,
  verb: string,
): Change => {
  const name = toBlockName(block);
  return {
    kind,
    block: name,
    member: null,
    before: null,
    after: null,
    text: `${nameBlock(name)} was ${verb}`,
  };
};

const listBlockMemberChanges = (before: SnapshotBlock, after: SnapshotBlock): Change[] =>
  listChangedMembers(before, after).map((column) => {
    const name = toBlockName(before);
    const [from, to] = [before[column] ?? null, after[column] ?? null];
    const member = toCamelCase(column);
    const text = `${nameBlock(name)}: ${toWords(member)}${describeValues(from, to)}`;
    return { kind: 'block_changed', block: toBlockName(after), member, before: from, after: to, text };
  });

function listBlockChanges(before: SnapshotBlock[], after: SnapshotBlock[]): Change[] {
  const earlier = new Map(before.map((block) => [block.id, block]));
  const later = new Set(after.map(({ id }) => id));
  const isKept = (id: string) => earlier.has(id) && later.has(id);
  const unmoved = listUnmovedIds(
    before.map(({ id }) => id).filter(isKept),
    after.map(({ id }) => id).filter(isKept),
  );
  const present = after.flatMap((block): Change[] => {
    const old = earlier.get(block.id);
    if (!old) return [createBlockChange('block_added', block, 'added')];
    const moved = unmoved.has(block.id) ? [] : [createBlockChange('block_moved', block, 'moved')];
    return [...moved, ...listBlockMemberChanges(old, block)];
  });
  const removed = before.filter(({ id }) => !later.has(id));
  return [...present, ...removed.map((block) => createBlockChange('block_removed', block, 'removed'))];
}

export const compareSnapshots = (before: Snapshot, after: Snapshot): Change[] => [
  ...listChangedMembers(before.page, after.page).map((column): Change => {
    const member = toCamelCase(column);
    const [from, to] = [readMember(before.page, column), readMember(after.page, column)];
    const text = `${capitalize(toWords(member))}${describeValues(from, to)}`;
    return { kind: 'page', block: null, member, before: from, after: to, text };
  }),
  ...listBlockChanges(before.blocks, after.blocks),
];

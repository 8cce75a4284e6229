import type { CaptureSubject, GivenSource, ShownTitle, Visitor } from '../../../core/capture/capture.ts';
import type { AppCtx, Ctx } from '../../../core/context.ts';
import { AppError } from '../../../core/errors.ts';
import { readExpiringToken, signExpiringToken } from '../../../core/crypto/expiring-token.ts';
import { type HostJudge, loadHostJudge } from '../../blocked-hosts/service.ts';
import { loadFiles } from '../../files/uses/service.ts';
import {
  type BlockHrefs,
  DIRECT_HREFS,
  findBlockTarget,
  findPublicBlockOf,
  listFileIds,
  type PublicBlockRow,
  type TargetTools,
} from '../blocks/service.ts';
import { addUnlockToken, createPageLockedError, isUnlocked } from '../access/service.ts';
import type { Targeting } from '../../pages/blocks/targeting/schema.ts';
import { buildPageUrl } from '../../pages/service.ts';
import { renderCalendarFile } from '../blocks/event/policy.ts';
import type { TakedownReason } from '../../pages/takedowns/schema.ts';
import { findPublicBlock, findTakedownOfBlock, listVisibleBlocks } from '../queries.ts';
import { createTakedownError, findPageEntry, getVisibility } from '../service.ts';
import { assignTitles, listTestedBlocks } from '../title-tests/service.ts';
import { isShownTo, listDimensions, readTraits } from '../targeting/service.ts';
import { loadReferrals } from '../referrals/service.ts';
import type { PublicBlock } from '../schema.ts';
import { signWarning, isWarned } from '../warnings/service.ts';

const GATE_CONFIRMATION_MINUTES = 10;

/** Followed rather than looked at. The content of other types gets a document of its own behind a gate. */
const FOLLOWED_TYPES = new Set<PublicBlockRow['type']>(['link', 'embed', 'email', 'phone', 'product']);

type Click = Extract<CaptureSubject, { kind: 'click' }>;

export type LinkResolution =
  | { kind: 'redirect'; click: Click; url: string }
  /** The host may be unsafe; `leave` is the token by which the visitor goes there all the same. */
  | { kind: 'warning'; handle: string; language: string; url: string; leave: string }
  /** Ask for the password of the page first. */
  | { kind: 'locked'; handle: string }
  /** Ask the visitor first; `confirmation` is the token that opens the gate. */
  | { kind: 'gate'; handle: string; language: string; block: PublicBlock; confirmation: string }
  | {
      kind: 'content';
      click: Click;
      handle: string;
      language: string;
      block: PublicBlock;
      /** Only in a group. */
      children: PublicBlock[];
    };

function signConfirmation(ctx: AppCtx, blockId: string): string {
  const expiresAt = new Date(Date.now() + GATE_CONFIRMATION_MINUTES * 60_000);
  return signExpiringToken(ctx.gateSigner, blockId, expiresAt);
}

/** Links lead straight to their targets, unless visitors are asked first, but forms have to be sent. */
const createOpenHrefs = (ctx: AppCtx, judgeHosts: HostJudge): BlockHrefs => ({
  ...DIRECT_HREFS,
  createHref: (id, url, index) => {
    if (judgeHosts(url) !== 'suspicious') return url;
    const to = index === undefined ? '' : `&to=${index}`;
    return `${ctx.config.publicUrl}/go/${id}?confirm=${signConfirmation(ctx, id)}&leave=${to}`;
  },
  createFileHref: (id, file) => (file === 'form' ? `${ctx.config.publicUrl}/go/${id}/form` : null),
});

type VisibleRow = NonNullable<Awaited<ReturnType<typeof findPublicBlock>>> & {
  /** Those of the block and its group. */
  targetings: Targeting[];
};

/** A block of a group is seen only with its group, and behind the group's gate. */
async function findVisibleBlock(ctx: AppCtx, id: string): Promise<VisibleRow | undefined> {
  const row = await findPublicBlock(ctx.db, id, getVisibility(ctx));
  if (!row) return undefined;
  const own = row.targeting === null ? [] : [row.targeting];
  if (row.parentId === null) return { ...row, targetings: own };
  const group = await findPublicBlock(ctx.db, row.parentId, getVisibility(ctx));
  if (!group) return undefined;
  const targetings = group.targeting === null ? own : [...own, group.targeting];
  return { ...row, gate: row.gate ?? group.gate, targetings };
}

/** Languages are chosen among those of the whole page, as on the page itself. */
async function readTraitsFor(ctx: AppCtx, row: VisibleRow, targetings: Targeting[], visitor: Visitor) {
  const dimensions = listDimensions(targetings);
  const entry = dimensions.languages.length > 0 ? await findPageEntry(ctx, row.handle) : undefined;
  const languages = entry?.restriction?.dimensions.languages ?? dimensions.languages;
  return readTraits(ctx, visitor, { ...dimensions, languages }, row.language);
}

async function isMeantFor(ctx: AppCtx, row: VisibleRow, visitor: Visitor): Promise<boolean> {
  if (row.targetings.length === 0) return true;
  const traits = await readTraitsFor(ctx, row, row.targetings, visitor);
  return row.targetings.every((targeting) => isShownTo(targeting, traits));
}

async function listGroupBlocks(ctx: AppCtx, group: VisibleRow, visitor: Visitor): Promise<PublicBlock[]> {
  const { id, pageId, workspaceId } = group;
  const all = (await listVisibleBlocks(ctx.db, pageId)).filter(({ parentId }) => parentId === id);
  const targetings = all.flatMap(({ targeting }) => targeting ?? []);
  const traits = await readTraitsFor(ctx, group, targetings, visitor);
  const rows = all.filter(({ targeting }) => targeting === null || isShownTo(targeting, traits));
  const judgeHosts = await loadHostJudge(ctx, rows);
  const findFile = await loadFiles(ctx, workspaceId, listFileIds(rows));
  const findReferral = await loadReferrals(ctx, group, rows);
  const sources = { ...createOpenHrefs(ctx, judgeHosts), findFile, findReferral, judgeHosts };
  return rows.flatMap((row) => findPublicBlockOf(ctx, row, sources) ?? []);
}

const loadTools = async (ctx: AppCtx, row: VisibleRow): Promise<TargetTools> => ({
  findFile: await loadFiles(ctx, row.workspaceId, listFileIds([row])),
  findReferral: await loadReferrals(ctx, row, [row]),
});

async function findBlockOf(
  ctx: AppCtx,
  row: VisibleRow,
  judgeHosts?: HostJudge,
): Promise<PublicBlock | undefined> {
  const judge = judgeHosts ?? (await loadHostJudge(ctx, row));
  const tools = await loadTools(ctx, row);
  return findPublicBlockOf(ctx, row, { ...createOpenHrefs(ctx, judge), ...tools, judgeHosts: judge });
}

const listClickedTitles = (
  { id, titleTest }: VisibleRow,
  variant: ShownTitle['variant'] | undefined,
): ShownTitle[] =>
  titleTest === null || variant === undefined ? [] : [{ blockId: id, testId: titleTest.id, variant }];

/** With the title that the visitor saw. */
const withVariant = (row: VisibleRow, variant: ShownTitle['variant'] | undefined): VisibleRow =>
  variant === 'b' && row.titleTest !== null ? { ...row, title: row.titleTest.title } : row;

type LinkInput = {
  blockId: string;
  visitor: Visitor;
  index?: number | undefined;
  confirmation?: string | undefined;
  /** The title of a test that the followed address names. */
  variant?: ShownTitle['variant'] | undefined;
  /** The token of a warning; any other value shows the warning. */
  leave?: string | undefined;
};

/** Undefined if visitors cannot see the block now, or if its URL is not allowed. */
export async function resolveLink(ctx: AppCtx, input: LinkInput): Promise<LinkResolution | undefined> {
  const found = await findVisibleBlock(ctx, input.blockId);
  if (!found) return undefined;
  if (!isUnlocked(ctx, found, input.visitor)) return { kind: 'locked', handle: found.handle };
  const row = withVariant(found, input.variant);
  if (!(await isMeantFor(ctx, row, input.visitor))) return undefined;
  const url = findBlockTarget(row, await loadTools(ctx, row), input.index);
  const judgeHosts = await loadHostJudge(ctx, [row, url]);
  const block = await findBlockOf(ctx, row, judgeHosts);
  if (!block) return undefined;
  const { handle, language, pageId, workspaceId } = row;
  const titles = listClickedTitles(row, input.variant);
  const click: Click = { kind: 'click', pageId, workspaceId, blockId: row.id, titles };
  if (row.gate !== null && !isConfirmed(ctx, row.id, input.confirmation)) {
    return { kind: 'gate', handle, language, block, confirmation: signConfirmation(ctx, row.id) };
  }
  const isFollowed = FOLLOWED_TYPES.has(row.type) || input.leave !== undefined;
  if (row.gate !== null && !isFollowed) {
    const openBlock = await findBlockOf(ctx, { ...row, gate: null }, judgeHosts);
    if (!openBlock) return undefined;
    const children = row.type === 'group' ? await listGroupBlocks(ctx, row, input.visitor) : [];
    return { kind: 'content', click, handle, language, block: openBlock, children };
  }
  const level = judgeHosts(url);
  if (url === null || level === 'blocked') return undefined;
  const target = { blockId: row.id, url };
  if (level === 'suspicious' && !isWarned(ctx, target, input.leave))
    return { kind: 'warning', handle, language, url, leave: signWarning(ctx, target) };
  return { kind: 'redirect', click, url };
}

export type OpenForm = { pageId: string; handle: string; language: string; block: OpenFormBlock };
/** Instead of content: the page whose password the visitor has to enter first. */
export type LockedPart = { lockedHandle: string };
type OpenFormBlock = Extract<PublicBlock, { type: 'form' }> & {
  data: NonNullable<Extract<PublicBlock, { type: 'form' }>['data']>;
};

const isOpenForm = (block: PublicBlock): block is OpenFormBlock =>
  block.type === 'form' && block.data !== null;

async function findOpenBlock(
  ctx: AppCtx,
  id: string,
  visitor: Visitor,
): Promise<VisibleRow | LockedPart | undefined> {
  const row = await findVisibleBlock(ctx, id);
  if (row && !isUnlocked(ctx, row, visitor)) return { lockedHandle: row.handle };
  return row && (await isMeantFor(ctx, row, visitor)) ? row : undefined;
}

/** Undefined if the visitor cannot see the form now. A gate only asks before it is seen. */
export async function findOpenForm(
  ctx: AppCtx,
  blockId: string,
  visitor: Visitor,
): Promise<OpenForm | LockedPart | undefined> {
  const row = await findOpenBlock(ctx, blockId, visitor);
  if (!row || 'lockedHandle' in row) return row;
  const block = await findBlockOf(ctx, { ...row, gate: null });
  if (!block || !isOpenForm(block)) return undefined;
  return { pageId: row.pageId, handle: row.handle, language: row.language, block };
}

/** An iCalendar file (RFC 5545). Undefined if the visitor cannot see the event now, or only behind a gate. */
export async function findCalendarFile(
  ctx: AppCtx,
  blockId: string,
  visitor: Visitor,
): Promise<string | LockedPart | undefined> {
  const row = await findOpenBlock(ctx, blockId, visitor);
  if (!row || 'lockedHandle' in row) return row;
  const block = await findBlockOf(ctx, row);
  if (block?.type !== 'event' || block.data === null) return undefined;
  const pageUrl = buildPageUrl(ctx, row.handle);
  return renderCalendarFile(block, { pageUrl, host: new URL(pageUrl).host, stamp: Date.now() });
}

/** Why a block that visitors cannot see belongs to a page that was taken down, if it does. */
export const findBlockTakedown = (ctx: AppCtx, blockId: string): Promise<TakedownReason | undefined> =>
  findTakedownOfBlock(ctx.db, blockId, getVisibility(ctx));

/** For a block that visitors cannot see. */
export const createHiddenBlockError = async (
  ctx: AppCtx,
  blockId: string,
  detail: string,
): Promise<AppError> =>
  (await findBlockTakedown(ctx, blockId)) ? createTakedownError() : new AppError('NOT_FOUND', detail);

/** Throws `NOT_FOUND` or `TAKEN_DOWN` if the visitor cannot see the block now, and `PAGE_LOCKED`. */
export async function recordClick(
  ctx: Ctx,
  { id, unlock, ...given }: GivenSource & { id: string; unlock?: string | undefined },
): Promise<{ accepted: true }> {
  const row = await findVisibleBlock(ctx, id);
  const visitor = addUnlockToken(ctx.visitor(), unlock);
  if (row && !isUnlocked(ctx, row, visitor)) throw createPageLockedError();
  if (!row || !(await isMeantFor(ctx, row, visitor)))
    throw await createHiddenBlockError(ctx, id, 'Block not found');
  const { pageId, workspaceId } = row;
  const titles = await assignTitles(ctx, { visitor, pageId, canRandomize: false }, listTestedBlocks([row]));
  ctx.recorder.push({
    ...ctx.capture(),
    given,
    subject: { kind: 'click', pageId, workspaceId, blockId: row.id, titles },
  });
  return { accepted: true };
}

const isConfirmed = (ctx: AppCtx, blockId: string, confirmation = ''): boolean =>
  readExpiringToken(ctx.gateSigner, confirmation) === blockId;

import type { CaptureSubject, GivenSource, ShownTitle, Visitor } from '../../core/capture/capture.ts';
import type { AppCtx, Ctx } from '../../core/context.ts';
import { AppError } from '../../core/errors.ts';
import { loadHostJudge } from '../blocked-hosts/service.ts';
import { loadFiles } from '../files/uses/service.ts';
import type { TitleVariant } from '../pages/blocks/title-tests/service.ts';
import type { Device } from '../pages/blocks/targeting/schema.ts';
import { isHandleAvailable } from '../pages/handles/service.ts';
import { completeTheme, DEFAULT_SEO, pageHandle } from '../pages/schema.ts';
import { buildPageUrl, readPreviewToken } from '../pages/service.ts';
import type { TakedownReason } from '../pages/takedowns/schema.ts';
import { buildDomainUrl, createRedirectHrefs } from './addresses/service.ts';
import { addUnlockToken, createPageLockedError, hidePage, isUnlocked } from './access/service.ts';
import { allowedWorkspacesSubquery } from '../workspaces/service.ts';
import { type BlockHrefs, DIRECT_HREFS, listFileIds, listPublicBlocks } from './blocks/service.ts';
import { getDirection } from './locales/index.ts';
import { findBackdrop, toPictureView } from './look/policy.ts';
import * as queries from './queries.ts';
import { loadReferrals, toMadeWith } from './referrals/service.ts';
import type { PublicPage } from './schema.ts';
import {
  applyTitles,
  assignTitles,
  listTestedBlocks,
  previewTitles,
  type TestedBlock,
} from './title-tests/service.ts';
import {
  buildVariantKey,
  chooseLanguage,
  type Dimensions,
  listDimensions,
  listTargetedBlocks,
  readTraits,
  selectBlocks,
  type TargetedBlock,
  type Traits,
  UNKNOWN_TRAITS,
} from './targeting/service.ts';

/** Pages of unverified owners are shown only if they can be published. */
export const getVisibility = ({ config }: Pick<AppCtx, 'config'>): queries.Visibility => ({
  verifiedOnly: config.publishRequiresVerification,
});

/** A page as visitors see it, and how a view of it is counted. */
export type PageEntry = {
  /** As everyone sees it; see `openPage` for those who see more of it. */
  page: PublicPage;
  /** The custom domain that is its address. */
  domain: string | null;
  view: Extract<CaptureSubject, { kind: 'view' }>;
  /** Null for pages that all visitors see alike. */
  restriction: Restriction | null;
};

type Restriction = {
  lockId: string | null;
  /** With everything that is meant for some visitors only. */
  page: PublicPage;
  blocks: TargetedBlock[];
  tested: TestedBlock[];
  dimensions: Dimensions;
  variants: Map<string, PublicPage>;
};

/** A page as one visitor sees it. Visitors with the same `variant` see the same; it is empty if all do. */
export type OpenedPage = {
  page: PublicPage;
  /** As everyone sees it. */
  common: PublicPage;
  variant: string;
  isLocked: boolean;
  /** The traits that the variant depends on. */
  dimensions: Dimensions;
  /** The titles of tests on the page. */
  titles: ShownTitle[];
};

/** Without a page: whether anyone could take the handle, `undefined` if nobody asked yet. */
type CachedPage = { entry: PageEntry | undefined; takedown?: TakedownReason; isFree?: boolean };

export const createTakedownError = () => new AppError('TAKEN_DOWN', 'This page was taken down');

/** Entries expire within 900 ms, so that schedules take effect within a second. */
function loadPage(ctx: AppCtx, handle: string): Promise<CachedPage> {
  const key = handle.toLowerCase();
  return ctx.cache<CachedPage>('public-pages').get(key, async () => {
    // A string that cannot be a handle costs no query.
    const row = pageHandle.safeParse(key).success
      ? await queries.findPublishedPage(ctx.db, key, getVisibility(ctx))
      : undefined;
    if (!row) return { entry: undefined };
    if (row.takedown !== null) return { entry: undefined, takedown: row.takedown, isFree: false };
    const { pageId, workspaceId, domain, lockId } = row;
    const page = await toPublicPage(ctx, row, createRedirectHrefs(ctx, domain));
    const common = { domain, view: { kind: 'view' as const, pageId, workspaceId } };
    const blocks = listTargetedBlocks(row.blocks);
    const tested = listTestedBlocks(row.blocks);
    if (lockId === null && blocks.length === 0 && tested.length === 0)
      return { entry: { page, ...common, restriction: null } };
    const dimensions = listDimensions(blocks.map(({ targeting }) => targeting));
    const restriction = { lockId, page, blocks, tested, dimensions, variants: new Map() };
    const shown = lockId === null ? selectBlocks(page, blocks, UNKNOWN_TRAITS) : hidePage(page);
    return { entry: { page: shown, ...common, restriction } };
  });
}

/** Undefined also for a page that was taken down. */
export const findPageEntry = async (ctx: AppCtx, handle: string): Promise<PageEntry | undefined> =>
  (await loadPage(ctx, handle)).entry;

export const findPageTakedown = async (ctx: AppCtx, handle: string): Promise<TakedownReason | undefined> =>
  (await loadPage(ctx, handle)).takedown;

/** Throws `NOT_FOUND` and `TAKEN_DOWN`. */
export async function requirePageEntry(ctx: AppCtx, handle: string): Promise<PageEntry> {
  const { entry, takedown } = await loadPage(ctx, handle);
  if (takedown) throw createTakedownError();
  if (!entry) throw new AppError('NOT_FOUND', 'Page not found');
  return entry;
}

export async function isHandleFree(ctx: AppCtx, handle: string): Promise<boolean> {
  const entry = ctx.cache<CachedPage>('public-pages').peek(handle.toLowerCase());
  if (entry?.isFree !== undefined) return entry.isFree;
  const isFree = await isHandleAvailable(ctx, handle);
  if (entry) entry.isFree = isFree;
  return isFree;
}

export const peekPageEntry = (ctx: AppCtx, handle: string): PageEntry | undefined =>
  ctx.cache<CachedPage>('public-pages').peek(handle.toLowerCase())?.entry;

/** More variants of a page are made for each request. */
const MAX_KEPT_VARIANTS = 64;

function openVariant(
  { page, blocks, tested, variants }: Restriction,
  { traits, titles, variant }: { traits: Traits; titles: ShownTitle[]; variant: string },
): PublicPage {
  const known = variants.get(variant);
  if (known) return known;
  const opened = applyTitles(selectBlocks(page, blocks, traits), tested, titles);
  if (variants.size < MAX_KEPT_VARIANTS) variants.set(variant, opened);
  return opened;
}

const NO_DIMENSIONS = listDimensions([]);

/** Undefined if the visitor has to enter its password first. */
export async function openPage(
  ctx: Pick<AppCtx, 'unlockSigner' | 'config' | 'logger' | 'db' | 'cache'>,
  { page, view, restriction }: PageEntry,
  visitor: Visitor,
  { canRandomize }: { canRandomize: boolean },
): Promise<OpenedPage | undefined> {
  if (restriction === null)
    return { page, common: page, variant: '', isLocked: false, dimensions: NO_DIMENSIONS, titles: [] };
  const { lockId, blocks, tested, dimensions } = restriction;
  const { pageId } = view;
  if (!isUnlocked(ctx, { lockId, pageId }, visitor)) return undefined;
  const traits = await readTraits(ctx, visitor, dimensions, page.language);
  const titles = await assignTitles(ctx, { visitor, pageId, canRandomize }, tested);
  const letters = titles.map((title) => title.variant).join('') || '-'.repeat(tested.length);
  const variant = buildVariantKey(blocks, traits) + letters;
  const opened = openVariant(restriction, { traits, titles, variant });
  const shown = new Set(opened.blocks.map(({ id }) => id));
  return {
    page: opened,
    common: page,
    variant,
    isLocked: lockId !== null,
    dimensions,
    titles: titles.filter(({ blockId }) => shown.has(blockId)),
  };
}

type VisitorCtx = AppCtx & Pick<Ctx, 'visitor'>;
type OpenInput = { handle: string; unlock?: string | undefined };

/** Throws `NOT_FOUND`, `TAKEN_DOWN` and `PAGE_LOCKED`. */
export async function requireOpenPage(
  ctx: VisitorCtx,
  { handle, unlock }: OpenInput,
): Promise<OpenedPage & Pick<PageEntry, 'view'>> {
  const entry = await requirePageEntry(ctx, handle);
  const visitor = addUnlockToken(ctx.visitor(), unlock);
  // Another request reports what was shown.
  const opened = await openPage(ctx, entry, visitor, { canRandomize: false });
  if (!opened) throw createPageLockedError();
  return { ...opened, view: entry.view };
}

/** Throws `NOT_FOUND`, `TAKEN_DOWN` and `PAGE_LOCKED`. */
export const getPublicPage = async (ctx: VisitorCtx, input: OpenInput): Promise<PublicPage> =>
  (await requireOpenPage(ctx, input)).page;

/** Throws `NOT_FOUND`, `TAKEN_DOWN` and `PAGE_LOCKED`. */
export async function recordView(
  ctx: Ctx,
  { handle, unlock, ...given }: GivenSource & OpenInput,
): Promise<{ accepted: true }> {
  const { view, titles } = await requireOpenPage(ctx, { handle, unlock });
  ctx.recorder.push({ ...ctx.capture(), given, subject: { ...view, titles } });
  return { accepted: true };
}

/** As whom and when a preview shows a page. What is not given leaves no block out. */
export type PreviewOptions = {
  at?: Date | undefined;
  country?: string | undefined;
  /** As in `Accept-Language`. */
  language?: string | undefined;
  device?: Device | undefined;
  /** Shown by all tests on the page. */
  title?: TitleVariant | undefined;
};

function listPreviewTraits(
  { country, language, device }: PreviewOptions,
  blocks: TargetedBlock[],
  pageLanguage: string,
): Traits {
  const { languages } = listDimensions(blocks.map(({ targeting }) => targeting));
  return {
    country,
    device,
    language: language === undefined ? undefined : chooseLanguage(language, { languages, pageLanguage }),
  };
}

/** Undefined if the token is forged, expired or revoked, or its maker is suspended or may no longer change the page. */
export async function previewPage(
  ctx: AppCtx,
  token: string,
  options: PreviewOptions = {},
): Promise<PublicPage | undefined> {
  const preview = readPreviewToken(ctx, token);
  if (!preview) return undefined;
  const workspaces = allowedWorkspacesSubquery({ userId: preview.userId }, 'pages:write');
  const at = options.at ?? new Date();
  const row = await queries.findPageForPreview(ctx.db, { ...preview, workspaces, at });
  if (!row) return undefined;
  // `/go` only knows the blocks of published pages, so links lead straight to their targets.
  const page = await toPublicPage(ctx, row, { ...DIRECT_HREFS, now: at.getTime() });
  const blocks = listTargetedBlocks(row.blocks);
  const shown = selectBlocks(page, blocks, listPreviewTraits(options, blocks, row.language));
  return options.title === undefined
    ? shown
    : previewTitles(shown, listTestedBlocks(row.blocks), options.title);
}

async function toPublicPage(
  ctx: AppCtx,
  {
    pageId,
    workspaceId,
    domain,
    lockId: _lockId,
    takedown: _takedown,
    avatarFileId,
    isCssAllowed,
    madeWith,
    ...row
  }: queries.PublicPageRow,
  hrefs: BlockHrefs,
): Promise<PublicPage> {
  const judgeHosts = await loadHostJudge(ctx, [row.avatarUrl, row.theme, row.blocks]);
  const findAllowed = <T>(part: T | null) => (judgeHosts(part) === 'blocked' ? null : part);
  const { cover, background, customCss, ...look } = completeTheme(row.theme);
  const pictures = { cover: findAllowed(cover), background: findAllowed(background) };
  const theme = { ...look, ...pictures, customCss: isCssAllowed ? customCss : null };
  const findFile = await loadFiles(ctx, workspaceId, listFileIds(row.blocks, theme, { avatarFileId }));
  const findReferral = await loadReferrals(ctx, { pageId, workspaceId, madeWith }, row.blocks);
  const face = toPictureView({ fileId: avatarFileId, url: findAllowed(row.avatarUrl) }, findFile);
  return {
    ...row,
    theme,
    seo: { ...DEFAULT_SEO, ...row.seo },
    direction: getDirection(row.language),
    url: domain === null ? buildPageUrl(ctx, row.handle) : `${buildDomainUrl(ctx, domain)}/`,
    avatarUrl: face.url,
    avatar: face.picture,
    cover: theme.cover && toPictureView(theme.cover, findFile),
    backdrop: findBackdrop(theme, findFile),
    blocks: await listPublicBlocks(ctx, row.blocks, { ...hrefs, findFile, findReferral, judgeHosts }),
    madeWith: toMadeWith(ctx, madeWith, findReferral),
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  };
}

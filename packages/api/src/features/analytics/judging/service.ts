import { LRUCache } from 'lru-cache';
import type { Capture } from '../../../core/capture/capture.ts';
import type { AppCtx, Credentials } from '../../../core/context.ts';
import { canonicalizeAddress } from '../../../core/http/client-address.ts';
import { type Agent, type AgentReader, loadAgentReader } from '../agents/service.ts';
import { isPrivacyRequested, readLanguage, readLoading, readSource } from '../capture/policy.ts';
import type { Judge, Verdict } from '../capture/service.ts';
import { openGeoReader, type Place, type PlaceReader } from '../geo/service.ts';
import { MAX_PER_MINUTE } from '../policy.ts';
import { createReferrerReader, readReferrer } from '../referrers/policy.ts';
import type { AnalyticsEvent, Source } from '../schema.ts';
import { createInsiderCheck, type Identify } from './insiders/service.ts';
import { createVisitorMemory } from './visitors/service.ts';
import { createRandomSalt, findVisitorSalt, hashVisitor, type VisitorSalt } from '../visitors/service.ts';

const DAY_MS = 86_400_000;
const VISITOR_BYTES = 8;
/** As many as the table of visits to referral links stores. */
const LINK_VISITOR_BYTES = 16;

type JudgeCtx = Pick<AppCtx, 'db' | 'cache' | 'config' | 'logger'>;

/** Salts of the last days, so that only the first visitor of a day waits for one. */
function createSalts(ctx: JudgeCtx) {
  const salts = new LRUCache<number, VisitorSalt>({ max: 2 });
  const load = async (at: number): Promise<VisitorSalt | undefined> => {
    try {
      const salt = await findVisitorSalt(ctx, at);
      salts.set(Math.floor(at / DAY_MS), salt);
      return salt;
    } catch (error) {
      ctx.logger.warn({ err: error }, 'visitors cannot be told apart now');
      return undefined;
    }
  };
  return { peek: (at: number) => salts.get(Math.floor(at / DAY_MS)), load };
}

const readUserAgent = ({ headers }: Capture): string => String(headers['user-agent'] ?? '');

/** Where a view came from. The app that shows the page stands for a missing referrer. */
function createSourceReader(ctx: JudgeCtx) {
  const ownSite = readReferrer(ctx.config.publicUrl);
  const readSite = createReferrerReader();
  /** The site of our own links is no referrer; their clicks belong to the one that brought the visitor. */
  const isOwn = (site: string, { headers }: Capture): boolean =>
    site === ownSite ||
    site === readSite(`http://${String(headers['host'] ?? '')}`) ||
    site === readSite(String(headers['origin'] ?? ''));
  return (capture: Capture, agent: Agent): Source => {
    const source = readSource(capture, readSite);
    if (source.referrer === null)
      return agent.appSite === null ? source : { ...source, referrer: agent.appSite };
    return isOwn(source.referrer, capture) ? { ...source, referrer: null } : source;
  };
}

/** Undefined beyond the budget of repeats. */
function createEventBuilder(ctx: JudgeCtx) {
  const readSourceOf = createSourceReader(ctx);
  const visitors = createVisitorMemory();
  return (
    capture: Capture,
    agent: Agent,
    known: { salt: VisitorSalt | undefined; place: Place | undefined },
  ) => {
    const { subject, at, ip, headers } = capture;
    if (subject.kind === 'visit') return undefined;
    const { pageId } = subject;
    const visitor = visitors.count(`${pageId}${ip} ${agent.id}`, at);
    if (visitor.count > MAX_PER_MINUTE) return undefined;
    const source = readSourceOf(capture, agent);
    visitors.addSource(visitor, at, source);
    const isPrivate = isPrivacyRequested(headers);
    if (known.salt && !isPrivate)
      visitor.hash ??= hashVisitor(known.salt, {
        subjectId: pageId,
        address: canonicalizeAddress(ip),
        userAgent: readUserAgent(capture),
        bytes: VISITOR_BYTES,
      });
    return {
      at,
      pageId,
      blockId: subject.kind === 'click' ? subject.blockId : null,
      visitor: isPrivate ? null : visitor.hash,
      ...(subject.kind === 'click' ? visitor.source : source),
      country: capture.country ?? known.place?.country ?? null,
      region: capture.region ?? known.place?.region ?? null,
      device: agent.device,
      browser: agent.browser,
      os: agent.os,
      language: readLanguage(headers),
      ...(subject.titles && { titles: subject.titles }),
    } satisfies AnalyticsEvent;
  };
}

function judgeVisit(capture: Capture, salt: VisitorSalt | undefined): Verdict {
  const { subject, at, ip } = capture;
  if (subject.kind !== 'visit') return { kind: 'none' };
  const { linkId, ownerId, isCounted, isMissed, origin, utm = null } = subject;
  const visitor = hashVisitor(salt ?? createRandomSalt(), {
    subjectId: linkId,
    address: canonicalizeAddress(ip),
    userAgent: readUserAgent(capture),
    bytes: LINK_VISITOR_BYTES,
  });
  const source = origin?.source ?? null;
  const pageId = origin?.source === 'page' ? origin.pageId : null;
  return { kind: 'visit', visit: { at, linkId, ownerId, visitor, isCounted, isMissed, source, pageId, utm } };
}

/** Whatever cannot be found out is unknown. */
export function createJudge(ctx: JudgeCtx, identify: Identify): Judge {
  const salts = createSalts(ctx);
  const isInsider = createInsiderCheck(ctx, identify);
  const buildEvent = createEventBuilder(ctx);
  const loadPlaces = openGeoReader(ctx);
  let findPlace: PlaceReader | undefined;
  let readAgent: AgentReader | undefined;

  const judgePageEvent = (capture: Capture, agent: Agent, salt: VisitorSalt | undefined): Verdict => {
    const place = capture.country === undefined ? findPlace?.(capture.ip) : undefined;
    const event = buildEvent(capture, agent, { salt, place });
    return event ? { kind: 'event', event } : { kind: 'excluded', excluded: 'repeats' };
  };

  const judgePerson = (capture: Capture, agent: Agent): Verdict | Promise<Verdict> => {
    const judgeWith = (salt: VisitorSalt | undefined) =>
      capture.subject.kind === 'visit' ? judgeVisit(capture, salt) : judgePageEvent(capture, agent, salt);
    const salt = salts.peek(capture.at);
    return salt ? judgeWith(salt) : salts.load(capture.at).then(judgeWith);
  };

  const judgeSignedIn = async (
    capture: Capture,
    agent: Agent,
    credentials: Credentials,
  ): Promise<Verdict> => {
    const isOwn = await isInsider(credentials, capture.subject).catch(() => false);
    return isOwn ? { kind: 'excluded', excluded: 'owner' } : judgePerson(capture, agent);
  };

  const judge = (capture: Capture, read: AgentReader): Verdict | Promise<Verdict> => {
    const { given, credentials } = capture;
    const agent = read(readUserAgent(capture));
    if (agent.isBot || (given === undefined && readLoading(capture) !== 'page'))
      return { kind: 'excluded', excluded: 'bots' };
    return credentials ? judgeSignedIn(capture, agent, credentials) : judgePerson(capture, agent);
  };

  const prepare = async (): Promise<AgentReader> => {
    findPlace = await loadPlaces?.();
    return (readAgent ??= await loadAgentReader());
  };

  return (capture) =>
    readAgent && !loadPlaces ? judge(capture, readAgent) : prepare().then((read) => judge(capture, read));
}

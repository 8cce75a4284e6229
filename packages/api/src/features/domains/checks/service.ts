import { isUniqueViolation, withTransaction } from '@linkgrove/db';
import { listRolesAllowed } from '../../../core/access.ts';
import type { AppCtx, AppTrxCtx, MemberCtx } from '../../../core/context.ts';
import { createTakenError } from '../../../core/errors.ts';
import { publishEventsFrom } from '../../events/service.ts';
import { enqueueBulkMail } from '../../mail/service.ts';
import * as policy from '../policy.ts';
import { deleteDomainRow, type DomainRow, lockDomainRow, updateDomainState } from '../queries.ts';
import type { Domain } from '../schema.ts';
import { getDomain, invalidateDomain, requireDomain } from '../service.ts';
import * as queries from './queries.ts';

const BATCH_SIZE = 20;

async function findOwnAddresses({ config, dns }: AppCtx): Promise<string[] | null> {
  const found = await dns.findAddresses(config.domainTarget);
  return found === null && config.domainAddresses.length === 0
    ? null
    : [...config.domainAddresses, ...(found ?? [])];
}

/** Asks DNS, so never call it in a transaction. */
async function askFacts(ctx: AppCtx, hostname: string): Promise<policy.DnsFacts> {
  const [texts, addresses, ownAddresses] = await Promise.all([
    ctx.dns.findTexts(policy.toProofName(hostname)),
    ctx.dns.findAddresses(hostname),
    findOwnAddresses(ctx),
  ]);
  return { texts, addresses, ownAddresses };
}

async function mailAdmins(
  ctx: AppTrxCtx,
  template: 'domain-failing' | 'domain-released',
  { workspaceId, hostname }: Pick<DomainRow, 'workspaceId' | 'hostname'>,
): Promise<void> {
  const roles = listRolesAllowed('domains:write');
  for (const { userId, email, username } of await queries.listDomainAdmins(ctx.db, workspaceId, roles))
    await enqueueBulkMail(ctx, { template, host: hostname, to: email, username, userId });
}

type Released = Pick<DomainRow, 'id' | 'hostname' | 'pageId' | 'workspaceId'>;

async function releaseDomain(ctx: AppTrxCtx, domain: Released): Promise<void> {
  await mailAdmins(ctx, 'domain-released', domain);
  await deleteDomainRow(ctx.db, domain.id);
  await invalidateDomain(ctx, domain);
}

/** Throws `DOMAIN_TAKEN` if the proof of another workspace still stands. */
async function replaceLapsedClaim(ctx: AppTrxCtx, { id, hostname }: DomainRow): Promise<void> {
  const lapsed = await queries.findLapsedClaim(ctx.db, hostname, id);
  if (lapsed) await releaseDomain(ctx, lapsed);
  else if (await queries.hasProvenClaim(ctx.db, hostname, id)) throw createTakenError('DOMAIN_TAKEN');
}

async function storeOutcome(ctx: AppTrxCtx, domain: DomainRow, outcome: policy.Outcome): Promise<void> {
  const { next, news, isReleased, checkInMinutes } = outcome;
  if (isReleased) return releaseDomain(ctx, domain);
  if (next.verifiedAt !== null && domain.verifiedAt === null) await replaceLapsedClaim(ctx, domain);
  await updateDomainState(ctx.db, domain.id, next, checkInMinutes);
  if (news !== null) await publishEventsFrom(ctx, `domain.${news}`, queries.domainEventQuery(domain.id));
  if (news === 'failed') await mailAdmins(ctx, 'domain-failing', domain);
  if (next.status !== domain.status || next.failingSince !== domain.failingSince)
    await invalidateDomain(ctx, domain);
}

/** Throws `DOMAIN_TAKEN` if another workspace proved first that it owns the name. */
async function checkDomain(ctx: AppCtx, id: string, hostname: string): Promise<void> {
  const facts = await askFacts(ctx, hostname);
  try {
    await withTransaction(ctx, async (trx) => {
      const domain = await lockDomainRow(trx.db, id);
      if (!domain) return;
      const ownership = policy.judgeOwnership(domain, facts);
      const routing = policy.judgeRouting(domain, facts);
      await storeOutcome(trx, domain, policy.judgeDomain(domain, { ownership, routing }, new Date()));
    });
  } catch (error) {
    if (isUniqueViolation(error, 'domains_verified_key')) throw createTakenError('DOMAIN_TAKEN');
    throw error;
  }
}

/** Throws like `requireRole`, and `DOMAIN_TAKEN`. */
export async function verifyDomain(ctx: MemberCtx, { id }: { id: string }): Promise<Domain> {
  const { hostname } = await requireDomain(ctx, id);
  await checkDomain(ctx, id, hostname);
  return getDomain(ctx, { id });
}

async function checkClaimed(ctx: AppCtx, id: string): Promise<void> {
  const row = await queries.findHostname(ctx.db, id);
  if (!row) return;
  try {
    await checkDomain(ctx, id, row.hostname);
  } catch (error) {
    ctx.logger.warn({ err: error, domainId: id }, 'domain not checked');
  }
}

/** Scheduled job: repeats the checks that are due, and deletes claims that nobody proved. */
export async function checkDomains(ctx: AppCtx): Promise<void> {
  await queries.deleteUnprovenDomains(ctx.db);
  for (;;) {
    const ids = await queries.claimDueDomains(ctx.db, BATCH_SIZE);
    await Promise.all(ids.map((id) => checkClaimed(ctx, id)));
    if (ids.length < BATCH_SIZE) return;
  }
}

import { type Paginated, withTransaction } from '@linkgrove/db';
import type { z } from 'zod';
import type { AppCtx, AppTrxCtx, Ctx, MemberCtx, TrxCtx, UserCtx } from '../../core/context.ts';
import { hashWithSha256 } from '../../core/crypto/crypto.ts';
import { generateId } from '../../core/crypto/ids.ts';
import { AppError, createValidationError, type MemberError } from '../../core/errors.ts';
import { type PageRequest, paginate } from '../../core/http/pagination.ts';
import { isEmailAddress } from '../../core/text/email-address.ts';
import { toAsciiEmail } from '../../core/text/internationalized-email.ts';
import { canonicalizeMailbox } from '../../core/text/mailbox-providers.ts';
import { parsePhone } from '../../core/text/phone.ts';
import { multiLineSchema, REQUIRED_MESSAGE, singleLineSchema } from '../../core/text/validation.ts';
import { deleteEventsOfObject, publishEventsFrom } from '../events/service.ts';
import { enqueueMailPart } from '../mail/service.ts';
import { FORM_FIELDS, type FormField } from '../pages/blocks/types/form/schema.ts';
import { requirePage } from '../pages/service.ts';
import { ownedWorkspacesSubquery } from '../workspaces/service.ts';
import { addUnlockToken, createPageLockedError } from '../public-page/access/service.ts';
import { createHiddenBlockError, findOpenForm, type OpenForm } from '../public-page/gates/service.ts';
import { MAX_LENGTHS } from './policy.ts';
import * as queries from './queries.ts';
import type {
  exportSubmissionsInput,
  listSubmissionsInput,
  OwnedSubmission,
  Submission,
  submissionIdInput,
  SubmissionPart,
  submitFormInput,
  SubmittedFields,
} from './schema.ts';

const JUDGES: Record<FormField, (text: string) => string | undefined> = {
  email: (text) => {
    const email = toAsciiEmail(text) ?? text;
    return isEmailAddress(email) && email.length <= MAX_LENGTHS.email ? email : undefined;
  },
  name: (text) => singleLineSchema(1, MAX_LENGTHS.name).safeParse(text).data,
  phone: (text) => parsePhone(text)?.display.slice(0, MAX_LENGTHS.phone),
  message: (text) => multiLineSchema(1, MAX_LENGTHS.message).safeParse(text).data,
};
const MESSAGES: Record<FormField, string> = {
  email: 'Enter an email address such as ada@example.com',
  name: `Enter a name of at most ${MAX_LENGTHS.name} characters`,
  phone: 'Enter a phone number with its country code, such as +44 20 7946 0958',
  message: `Use at most ${MAX_LENGTHS.message} characters`,
};

type Input = z.infer<typeof submitFormInput>;

/** Browsers send line breaks as CRLF. */
const joinLines = (text: string): string => text.replaceAll('\r\n', '\n');

/** Agreement is to the text that was shown, not to the one that replaced it meanwhile. */
function findConsentErrors(asked: string | null, { consent, consentText }: Input): MemberError[] {
  if (asked === null) return [];
  if (!consent) return [{ path: 'consent', message: 'Tick the box to go on', code: 'required' }];
  if (consentText === undefined || joinLines(consentText) === joinLines(asked)) return [];
  const message = 'The text at the box has changed. Read it and tick the box again';
  return [{ path: 'consent', message, code: 'changed' }];
}

/** Only the fields of the form are kept. Throws `VALIDATION_FAILED`. */
function readEntries({ block }: OpenForm, input: Input): SubmittedFields {
  const { fields } = input;
  const errors: MemberError[] = [];
  const entries: SubmittedFields = {};
  for (const { field, required } of block.data.fields) {
    const text = (fields[field] ?? '').trim();
    const path = `fields.${field}`;
    if (text === '') {
      if (required) errors.push({ path, message: REQUIRED_MESSAGE, code: 'required' });
      continue;
    }
    const value = JUDGES[field](text);
    if (value === undefined) errors.push({ path, message: MESSAGES[field], code: 'invalid' });
    else entries[field] = value;
  }
  errors.push(...findConsentErrors(block.data.consent, input));
  if (errors.length === 0 && Object.keys(entries).length === 0)
    errors.push({
      path: `fields.${block.data.fields[0]?.field}`,
      message: REQUIRED_MESSAGE,
      code: 'required',
    });
  if (errors.length > 0) throw createValidationError(...errors);
  return entries;
}

const publishSubmission = (ctx: AppTrxCtx, id: string): Promise<void> =>
  publishEventsFrom(ctx, 'form.submitted', queries.submissionEventQuery(id));

/** A repeated or already confirmed address gets no further mail, and the answer does not tell. */
async function askToConfirm(ctx: AppCtx, given: queries.NewSubmission, email: string): Promise<void> {
  const mailboxHash = ctx.keyedHash('formMailbox', canonicalizeMailbox(email));
  const tokenHash = hashWithSha256(ctx.tokenDeriver.formToken(given.id));
  await withTransaction(ctx, async (trx) => {
    await queries.lockMailbox(trx.db, mailboxHash);
    const id = await queries.storePendingSubmission(trx.db, { ...given, mailboxHash, tokenHash });
    if (id === undefined) return;
    const mail = { template: 'form-confirmation', to: email, username: '', tokenId: id } as const;
    await enqueueMailPart(trx, mail).execute(trx.db);
  });
}

/** Throws `NOT_FOUND`, `TAKEN_DOWN`, `PAGE_LOCKED`, `VALIDATION_FAILED` and `RATE_LIMITED`. */
export async function acceptSubmission(
  ctx: Ctx,
  input: Input,
): Promise<{ accepted: true; confirm: boolean }> {
  ctx.reportLimit(await ctx.limiter.consume('forms', ctx.address));
  const form = await findOpenForm(ctx, input.id, addUnlockToken(ctx.visitor(), input.unlock));
  if (!form) throw await createHiddenBlockError(ctx, input.id, 'Form not found');
  if ('lockedHandle' in form) throw createPageLockedError();
  await ctx.limiter.consume('formsBlock', input.id);
  const fields = readEntries(form, input);
  const { email } = fields;
  const confirm = form.block.data.confirmEmail && email !== undefined;
  if (input.website !== '') return { accepted: true, confirm };
  const { consent } = form.block.data;
  const given = { id: generateId(), pageId: form.pageId, blockId: input.id, fields, consent };
  if (confirm) await askToConfirm(ctx, given, email);
  else
    await withTransaction(ctx, async (trx) => {
      await queries.insertSubmission(trx.db, given);
      await publishSubmission(trx, given.id);
    });
  return { accepted: true, confirm };
}

export type SubmissionOfToken = { handle: string; language: string };

/** Undefined if the link is wrong, too old, or unsubscribed. */
export const findSubmissionOfToken = (ctx: AppCtx, token: string): Promise<SubmissionOfToken | undefined> =>
  queries.findSubmissionByToken(ctx.db, hashWithSha256(token));

/** A second confirmation changes nothing. */
export const verifySubmission = (ctx: AppCtx, token: string): Promise<void> =>
  withTransaction(ctx, async (trx) => {
    const row = await queries.markSubmissionConfirmed(trx.db, hashWithSha256(token));
    if (row) await publishSubmission({ ...ctx, ...trx }, row.id);
  });

/** The events of a submission repeat what was entered. */
async function deleteEventsOfSubmission(
  ctx: TrxCtx,
  deleted: queries.DeletedSubmission | undefined,
): Promise<boolean> {
  if (!deleted) return false;
  const { id: objectId, workspaceId } = deleted;
  await deleteEventsOfObject(ctx, { type: 'form.submitted', objectId, workspaceId });
  return true;
}

/** Deletes what was entered. */
export const unsubscribeSubmission = (ctx: AppCtx, token: string): Promise<boolean> =>
  withTransaction(ctx, async (trx) =>
    deleteEventsOfSubmission(trx, await queries.deleteSubmissionByToken(trx.db, hashWithSha256(token))),
  );

/** Throws `NOT_FOUND`. */
export async function deleteSubmission(
  ctx: MemberCtx,
  { id, submissionId }: z.infer<typeof submissionIdInput>,
): Promise<void> {
  const { id: pageId } = await requirePage(ctx, id);
  const isDeleted = await withTransaction(ctx, async (trx) =>
    deleteEventsOfSubmission(trx, await queries.deleteSubmissionOfPage(trx.db, { pageId, id: submissionId })),
  );
  if (!isDeleted) throw new AppError('NOT_FOUND', 'Submission not found');
}

const toOutput = ({ createdAt, confirmedAt, ...row }: queries.SubmissionRow): Submission => ({
  ...row,
  createdAt: createdAt.toISOString(),
  confirmedAt: confirmedAt?.toISOString() ?? null,
});

export async function listSubmissions(
  ctx: MemberCtx,
  input: z.infer<typeof listSubmissionsInput>,
): Promise<Paginated<Submission>> {
  const { id: pageId } = await requirePage(ctx, input.id);
  const { block } = input;
  return paginate(
    input,
    (before, limit) => queries.listSubmissionRows(ctx.db, { pageId, block, before, limit }),
    toOutput,
  );
}

/** Lists the submissions of every workspace that the user owns. */
export function listOwnedSubmissions(ctx: UserCtx, page: PageRequest): Promise<Paginated<OwnedSubmission>> {
  const workspaces = ownedWorkspacesSubquery(ctx.principal.userId);
  return paginate(
    page,
    (before, limit) => queries.listSubmissionRowsOfWorkspaces(ctx.db, { workspaces, before, limit }),
    ({ pageId, ...row }) => ({ ...toOutput(row), pageId }),
  );
}

const EXPORT_PART_SIZE = 100;

export async function exportSubmissions(
  ctx: MemberCtx,
  { id, cursor }: z.infer<typeof exportSubmissionsInput>,
): Promise<SubmissionPart> {
  const { items, nextCursor } = await listSubmissions(ctx, { id, cursor, limit: EXPORT_PART_SIZE });
  const rows = items.map(({ fields, ...row }) => ({
    ...row,
    ...Object.fromEntries(FORM_FIELDS.map((field) => [field, fields[field] ?? null])),
  }));
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the fields are those of FORM_FIELDS
  return { items: rows as SubmissionPart['items'], nextCursor };
}

export const deleteOldSubmissions = (ctx: AppCtx): Promise<void> => queries.deleteOldSubmissionRows(ctx.db);

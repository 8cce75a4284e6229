import type { z } from 'zod';
import { type MemberError, createValidationError } from '../../../core/errors.ts';
import { pickDefined } from '../../../core/objects.ts';
import {
  createRequiredError,
  encodeUrl,
  listUrlErrors,
  type Texts,
  type UrlRule,
} from './definition/schema.ts';
import type { FileUse } from '../../files/schema.ts';
import { replacePicture, toDecorationUse } from '../pictures/policy.ts';
import type { BlockContentRow } from './queries.ts';
import type { blockMembers } from './schema.ts';
import { resolveSchedule, simplifyTargeting } from './targeting/policy.ts';
import { mergeTitleTest } from './title-tests/policy.ts';
import { BLOCK_DEFINITIONS, type BlockType } from './types/schema.ts';

function listBlockUrlErrors(type: BlockType, url: string | null): MemberError[] {
  const rules: UrlRules = BLOCK_DEFINITIONS[type];
  if (url === null) return rules.url === 'required' ? [createRequiredError('url')] : [];
  if (rules.use) return listUrlErrors('url', rules.use, url);
  return [{ path: 'url', message: rules.noUrlMessage ?? "This block can't have a link", code: 'unexpected' }];
}
type UrlRules = UrlRule & { noUrlMessage?: string };

function parseContent(type: BlockType, given: Texts & { data: object }) {
  const definition: UrlRules & { title?: string } = BLOCK_DEFINITIONS[type];
  const texts = { title: given.title, url: given.url === '' ? null : given.url };
  const { data, errors: dataErrors } = BLOCK_DEFINITIONS[type].parseData(given.data, texts);
  const errors = [
    ...(definition.title === 'required' && texts.title === null ? [createRequiredError('title')] : []),
    ...listBlockUrlErrors(type, texts.url),
    ...dataErrors,
  ];
  if (!data || errors.length > 0) throw createValidationError(...errors);
  const url = texts.url !== null && definition.use ? encodeUrl(definition.use, texts.url) : texts.url;
  return { title: texts.title, url, type, data };
}

export type BlockMembers = z.infer<z.ZodObject<typeof blockMembers>>;

const EMPTY = {
  title: null,
  url: null,
  data: {},
  enabled: true,
  startsAt: null,
  endsAt: null,
  pinned: false,
  gate: null,
  thumbnailUrl: null,
  thumbnailFileId: null,
  layout: null,
  targeting: null,
  schedule: null,
  titleTest: null,
};

type Before = Omit<BlockContentRow, 'data'> & { data: object };

const toDate = (text: string | null | undefined, before: Date | null): Date | null =>
  text === undefined ? before : text === null ? null : new Date(text);

type ScheduleMembers = Pick<BlockMembers, 'startsAt' | 'endsAt' | 'schedule'>;

/** Given local times win over given instants, which replace stored local times. */
function mergeSchedule(before: Before, { startsAt, endsAt, schedule }: ScheduleMembers) {
  if (schedule) return { schedule, ...resolveSchedule(schedule) };
  const hasTimes = startsAt !== undefined || endsAt !== undefined;
  const isRemoved = schedule === null && before.schedule !== null;
  return {
    schedule: hasTimes || isRemoved ? null : before.schedule,
    startsAt: toDate(startsAt, isRemoved ? null : before.startsAt),
    endsAt: toDate(endsAt, isRemoved ? null : before.endsAt),
  };
}

/** Throws `VALIDATION_FAILED` with all invalid members. */
export function mergeBlockContent(before: Before, members: BlockMembers): BlockContentRow {
  const block = { ...before, ...pickDefined(members) };
  const times = mergeSchedule(before, members);
  const { startsAt, endsAt } = times;
  if (startsAt && endsAt && startsAt >= endsAt) {
    throw createValidationError({
      path: 'endsAt',
      message: 'Choose an end after the start',
      code: 'invalid_schedule',
    });
  }
  const { url: thumbnailUrl, fileId: thumbnailFileId } = replacePicture(
    { url: members.thumbnailUrl, fileId: members.thumbnailFileId },
    'thumbnail',
  );
  const thumbnail = pickDefined({ thumbnailUrl, thumbnailFileId });
  const content = parseContent(before.type, { ...block, data: { ...before.data, ...members.data } });
  const titleTest = mergeTitleTest(before.titleTest, members.titleTest);
  if (titleTest !== null && content.title === null)
    throw createValidationError({
      path: 'titleTest',
      message: 'Give the block a title to compare with',
      code: 'required',
    });
  const targeting = simplifyTargeting(block.targeting);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- `data` was parsed by the schema of `type`
  return { ...block, ...thumbnail, ...content, ...times, targeting, titleTest } as BlockContentRow;
}

export const createBlockContent = (type: BlockType, members: BlockMembers): BlockContentRow =>
  mergeBlockContent({ ...EMPTY, type }, members);

export const listBlockFiles = ({ type, data, thumbnailFileId }: BlockContentRow): FileUse[] => [
  ...BLOCK_DEFINITIONS[type].listFileUses(data),
  ...toDecorationUse('thumbnailFileId', thumbnailFileId),
];

import { z } from 'zod';
import { Upload } from '../../core/files/upload.ts';
import { createListOutputSchema, paginationInput } from '../../core/http/pagination.ts';
import { singleLineSchema, timestamp } from '../../core/text/validation.ts';
import { type Kind, KINDS, PURPOSES, UNUSED_DAYS } from './policy.ts';

export const filePurpose = z.enum(PURPOSES).meta({ id: 'FilePurpose' });

const fraction = z.number().min(0).max(1);
const focusPoint = z.strictObject({ x: fraction, y: fraction }).meta({ id: 'FocusPoint' });
export type FocusPoint = z.infer<typeof focusPoint>;

const FOCUS_MESSAGE =
  'Enter two numbers from 0 to 1, such as 0.5,0.3: the share from the left and from the top';

function parseFocus(text: string): unknown {
  const [, x, y] = /^\s*(\d(?:\.\d{1,9})?)\s*,\s*(\d(?:\.\d{1,9})?)\s*$/.exec(text) ?? [];
  if (x !== undefined && y !== undefined) return { x: Number(x), y: Number(y) };
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Parts of a form are texts; the SDK sends an object as JSON. */
const focusText = z
  .string()
  .max(200)
  .transform((text, ctx): FocusPoint => {
    const { data } = focusPoint.safeParse(parseFocus(text));
    if (data) return data;
    ctx.addIssue({ code: 'custom', message: FOCUS_MESSAGE });
    return z.NEVER;
  })
  .meta({ example: '0.5,0.3' });
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- an object becomes a text on its way
const focus = focusText as z.ZodType<FocusPoint, FocusPoint | string>;

const alt = singleLineSchema(1, 280);

const receivedFile = z.unknown().transform((value, ctx): Upload => {
  if (value instanceof Upload) return value;
  ctx.addIssue({ code: 'custom', message: 'Send a file in the part "file"' });
  return z.NEVER;
});
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what callers send is received before it gets here
const received = receivedFile as z.ZodType<Upload, Blob>;

export const uploadFileInput = z
  .strictObject({
    file: received.meta({
      description: 'What it is, is decided by its content, not by its name',
      override: { type: 'string', format: 'binary' },
    }),
    purpose: filePurpose.describe('What it is for; decides what it may be, and how large'),
    workspaceId: z.uuid().optional().describe('Defaults to your personal workspace'),
    alt: alt.optional().describe('What a picture shows, for people who cannot see it'),
    focus: focus.optional().describe('What must stay visible where a picture is cut'),
  })
  .meta({ id: 'UploadFileInput' });

export const fileIdInput = z.strictObject({ id: z.uuid() });
export const listFilesInput = z
  .strictObject({
    ...paginationInput,
    workspaceId: z.uuid().optional(),
    kind: z.enum(KINDS).optional().describe('Only files of this kind'),
  })
  .prefault({});
export const updateFileInput = z
  .strictObject({ id: z.uuid(), alt: alt.nullable().optional() })
  .meta({ id: 'UpdateFileInput' });

export const fileVariant = z
  .object({
    url: z.string(),
    type: z.string(),
    width: z.number().int().nullable(),
    height: z.number().int().nullable(),
    size: z.number().int().describe('In bytes'),
  })
  .meta({ id: 'FileVariant' });
export type FileVariant = z.infer<typeof fileVariant>;

export const fileOutput = z
  .object({
    id: z.uuid(),
    workspaceId: z.uuid(),
    url: z.string().describe('The largest WebP of a picture, or the file itself'),
    type: z.string().describe('Media type of what `url` answers'),
    kind: z.enum(KINDS),
    purpose: filePurpose,
    name: z.string(),
    alt: z.string().nullable(),
    focus: focusPoint.nullable(),
    width: z.number().int().nullable(),
    height: z.number().int().nullable(),
    variants: z.array(fileVariant).describe('All forms of it, from the smallest; the content never changes'),
    size: z.number().int().describe('Of all variants, in bytes; counts towards the quota of the workspace'),
    unusedSince: timestamp.nullable().describe(`Deleted ${UNUSED_DAYS} days later, unless it is used again`),
    createdAt: timestamp,
  })
  .meta({ id: 'File' });
export type File = z.infer<typeof fileOutput>;
export const fileListOutput = createListOutputSchema(fileOutput);

/** A place in a page that names a file. `isDescribed`: a picture there needs no description of its own. */
export type FileUse = {
  path: string;
  id: string;
  kinds: readonly Kind[];
  isDescribed: boolean;
  maxBytes?: number;
};

import { z } from 'zod';
import type { MemberError } from '../../../../core/errors.ts';
import type { FileUse } from '../../../files/schema.ts';
import { checkUrl, MAX_URL_LENGTH, toStoredUrl, type UrlUse } from '../../../../core/text/urls.ts';
import {
  multiLineSchema,
  REQUIRED_MESSAGE,
  singleLineSchema,
  toMemberErrors,
} from '../../../../core/text/validation.ts';

export type TextSchema = (min: number, max: number) => z.ZodString;
export type Texts = { title: string | null; url: string | null };
export type UrlRule = { use?: UrlUse; url: 'required' | 'optional' | 'none' };

export const webLink = z.string().trim().meta({ maxLength: MAX_URL_LENGTH });
export const buildOptionalText = (text: z.ZodString) => text.nullable().default(null);
export const noData = z.strictObject({}).meta({ id: 'NoData' });

export const createRequiredError = (path: string): MemberError => ({
  path,
  message: REQUIRED_MESSAGE,
  code: 'required',
});

export function listUrlErrors(path: string, use: UrlUse, url: string): MemberError[] {
  const { reason } = checkUrl(use, url);
  return reason ? [{ path, message: reason, code: 'invalid_url' }] : [];
}

export const encodeUrl = (use: UrlUse, url: string): string => toStoredUrl(use, url) ?? url;

/** The definition of a block type: the rule for its `url`, and its `data`. */
type Rules<D extends z.ZodObject, U extends UrlRule['url'], T extends 'required' | 'optional'> = {
  url: U;
  use?: UrlUse;
  urlDescription?: string;
  /** Why the type has no `url`. */
  noUrlMessage?: string;
  title?: T;
  /** Whether `data` may be left out, even if it has no required member. */
  isDataRequired?: boolean;
  buildData: (line: TextSchema, prose: TextSchema) => D;
  /** Errors that a schema of `data` alone cannot find: missing combinations, and bad URLs inside. */
  listErrors?: (data: z.output<D>, texts: Texts) => MemberError[];
  encodeUrls?: (data: z.output<D>) => z.output<D>;
  /** The files that it shows. Paths are without `data.`. */
  listFiles?: (data: z.output<D>) => FileUse[];
};

/** Texts of outputs need no check: they may be older than a rule. */
const anyText: TextSchema = () => z.string();

export type ParsedData = { data: object | undefined; errors: MemberError[] };

export function defineBlock<
  D extends z.ZodObject,
  U extends UrlRule['url'],
  T extends 'required' | 'optional' = 'optional',
>({ buildData, listErrors, encodeUrls, listFiles, ...rules }: Rules<D, U, T>) {
  const data = buildData(singleLineSchema, multiLineSchema);
  const parseData = (given: object, texts: Texts): ParsedData => {
    const parsed = data.safeParse(given);
    if (!parsed.success) {
      const errors = toMemberErrors(parsed.error);
      return {
        data: undefined,
        errors: errors.map((error) => ({ ...error, path: error.path ? `data.${error.path}` : 'data' })),
      };
    }
    return {
      data: encodeUrls?.(parsed.data) ?? parsed.data,
      errors: listErrors?.(parsed.data, texts) ?? [],
    };
  };
  const listFileUses = (given: object): FileUse[] => {
    const parsed = listFiles && data.safeParse(given).data;
    return parsed ? listFiles(parsed).map((use) => ({ ...use, path: `data.${use.path}` })) : [];
  };
  return { ...rules, data, output: buildData(anyText, anyText), parseData, listFileUses };
}

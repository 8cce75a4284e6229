import type { z } from 'zod';
import { checkUrl, type UrlUse } from '../../../../core/text/urls.ts';
import type { File } from '../../../files/schema.ts';
import type { Block, BlockType } from '../../../pages/blocks/schema.ts';
import type { PageReferralFinder } from '../../../referrals/owner-links/service.ts';

type PickPublic<B extends Block> = B extends Block
  ? Pick<
      B,
      | 'id'
      | 'parentId'
      | 'type'
      | 'title'
      | 'url'
      | 'data'
      | 'gate'
      | 'pinned'
      | 'thumbnailUrl'
      | 'thumbnailFileId'
      | 'layout'
      | 'targeting'
      | 'titleTest'
    >
  : never;
export type PublicBlockRow = PickPublic<Block>;
export type RowOf<T extends BlockType> = Extract<PublicBlockRow, { type: T }>;

/** Null: there is no such address, as in a preview. */
export type CreateHref = (id: string, url: string | null, index?: number) => string | null;

export type ViewTools = {
  now: number;
  /** The counted address of a link of the block; `index` tells its links apart. */
  createHref: (url: string, index?: number) => string;
  /** The address of a file that is made from the block. */
  createFileHref: (file: string) => string | null;
  /** An uploaded file of the page's workspace. */
  findFile: (id: string) => File | undefined;
  /** The referral link of the page, by a chosen code or null. */
  findReferral: PageReferralFinder;
};
export type TargetTools = Pick<ViewTools, 'findFile' | 'findReferral'>;

/** How a type of block reaches visitors, if that differs from the stored `data`. */
export type BlockView<T extends BlockType, D extends z.ZodType> = {
  data: D;
  /** Null leaves the block out. */
  toData: (row: RowOf<T>, tools: ViewTools) => z.output<D> | null;
  /** Where `/go/{id}` leads, or `/go/{id}?to={index}`. The URL of the block itself, if there is no such function. */
  findTarget?: (row: RowOf<T>, index: number | undefined, tools: TargetTools) => string | null;
};

export const defineView =
  <T extends BlockType>() =>
  <D extends z.ZodType>(view: BlockView<T, D>): BlockView<T, D> =>
    view;

/** Stored URLs may be older than today's rules; null if one fails. */
export const checkStoredUrl = (use: UrlUse, url: string | null): string | null =>
  url === null ? null : (checkUrl(use, url).href ?? null);

const FILE_MEMBER = /[fF]ileId":"([0-9a-f-]{36})"/g;

/** Lists the IDs of the files that the content names. */
export const listFileIds = (...content: unknown[]): string[] =>
  [...JSON.stringify(content).matchAll(FILE_MEMBER)].flatMap(([, id]) => id ?? []);

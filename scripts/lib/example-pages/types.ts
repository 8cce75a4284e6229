import type { ApiInputs, NewBlock, NewFile, UploadedFile } from '../../../packages/sdk/src/index.ts';

type PageChanges = Omit<ApiInputs['pages']['update'], 'id' | 'version' | 'handle' | 'published'>;
type PartOf<T> = T extends unknown ? Omit<T, 'id' | 'parentId'> : never;

/** `in` is the title of the group that the block is in. */
export type ExampleBlock = PartOf<NewBlock> & { in?: string };
export type ExampleFile = Omit<NewFile, 'file' | 'workspaceId'> & {
  name: string;
  draw: () => Promise<Buffer>;
};
export type FindFile = (name: string) => UploadedFile;

/** A page with its files, which are drawn by this repository's own code. */
export type ExamplePage = {
  handle: string;
  files: Record<string, ExampleFile>;
  page: (file: FindFile) => PageChanges;
  blocks: (file: FindFile) => ExampleBlock[];
};

/** Columns of `pages` and rows of `blocks` in their order, without what says where and when a row is stored. */
export type Snapshot = { page: Record<string, unknown>; blocks: SnapshotBlock[] };
export type SnapshotBlock = Record<string, unknown> & { id: string };

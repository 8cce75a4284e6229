import type { Block } from '../../pages/blocks/schema.ts';

/** What is read of a block that visitors may see. */
export type PublicBlockRow = Stored<Block>;
type Stored<B extends Block> = B extends Block
  ? Pick<B, 'id' | 'type' | 'title' | 'url' | 'data' | 'gate' | 'pinned' | 'thumbnailUrl' | 'layout'>
  : never;

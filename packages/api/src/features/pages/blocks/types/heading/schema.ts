import { defineBlock, noData } from '../../definition/schema.ts';

export const headingBlock = defineBlock({
  url: 'none',
  noUrlMessage: "Headings can't have a link",
  title: 'required',
  buildData: () => noData,
});

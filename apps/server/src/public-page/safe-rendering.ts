import type { PublicBlock } from '@linkgrove/api';

export type ReportFailure = (error: unknown, block: PublicBlock) => void;

/** A block that throws is reported and left out, so that it doesn't take its page with it. */
export const renderEach = <T>(
  blocks: PublicBlock[],
  report: ReportFailure,
  render: (block: PublicBlock) => T,
): T[] =>
  blocks.flatMap((block) => {
    try {
      return [render(block)];
    } catch (error) {
      report(error, block);
      return [];
    }
  });

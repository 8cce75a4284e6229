import { type OpenBlockOf, type RenderedBlock, renderHeading } from './shared.ts';

export const renderHeadingBlock = ({ title }: OpenBlockOf<'heading'>): RenderedBlock => ({
  html: renderHeading(title ?? ''),
  styles: [],
});

import { generateId } from '../../../../core/crypto/ids.ts';
import type { z } from 'zod';
import type { TitleTest, titleTestInput, TitleVariant } from './schema.ts';

type Given = z.infer<typeof titleTestInput> | null | undefined;

/** A changed test is a new one: its views must not be mixed with those of other titles or shares. */
export function mergeTitleTest(before: TitleTest | null, given: Given): TitleTest | null {
  if (given === undefined) return before;
  if (given === null) return null;
  const { title, thumbnailUrl, share } = given;
  const isSame = before?.title === title && before.thumbnailUrl === thumbnailUrl && before.share === share;
  if (isSame) return before;
  return { id: before === null && given.id ? given.id : generateId(), title, thumbnailUrl, share };
}

type Titled = { title: string | null; thumbnailUrl: string | null };

/** The title and the thumbnail that a variant shows. */
export const pickTitle = (block: Titled, test: TitleTest, variant: TitleVariant): Titled =>
  variant === 'a'
    ? { title: block.title, thumbnailUrl: block.thumbnailUrl }
    : { title: test.title, thumbnailUrl: test.thumbnailUrl ?? block.thumbnailUrl };

import { z } from 'zod';
import { galleryBlock } from './gallery/schema.ts';
import { videoBlock } from './video/schema.ts';
import { audioBlock } from './audio/schema.ts';
import { fileBlock } from './file/schema.ts';
import { dividerBlock } from './divider/schema.ts';
import { faqBlock } from './faq/schema.ts';
import { mapBlock } from './map/schema.ts';
import { countdownBlock } from './countdown/schema.ts';
import { productBlock } from './product/schema.ts';
import { menuBlock } from './menu/schema.ts';
import { hoursBlock } from './hours/schema.ts';
import { musicBlock } from './music/schema.ts';
import { eventBlock } from './event/schema.ts';
import { supportBlock } from './support/schema.ts';
import { emailBlock } from './email/schema.ts';
import { embedBlock } from './embed/schema.ts';
import { formBlock } from './form/schema.ts';
import { groupBlock } from './group/schema.ts';
import { headingBlock } from './heading/schema.ts';
import { imageBlock } from './image/schema.ts';
import { linkBlock } from './link/schema.ts';
import { phoneBlock } from './phone/schema.ts';
import { referralBlock } from './referral/schema.ts';
import { socialBlock } from './social/schema.ts';
import { textBlock } from './text/schema.ts';

/** Every type of block; the documentation lists them in this order. */
export const BLOCK_DEFINITIONS = {
  link: linkBlock,
  heading: headingBlock,
  text: textBlock,
  image: imageBlock,
  embed: embedBlock,
  social: socialBlock,
  email: emailBlock,
  phone: phoneBlock,
  group: groupBlock,
  divider: dividerBlock,
  faq: faqBlock,
  map: mapBlock,
  countdown: countdownBlock,
  product: productBlock,
  menu: menuBlock,
  hours: hoursBlock,
  music: musicBlock,
  event: eventBlock,
  support: supportBlock,
  form: formBlock,
  gallery: galleryBlock,
  video: videoBlock,
  audio: audioBlock,
  file: fileBlock,
  referral: referralBlock,
};
type Definitions = typeof BLOCK_DEFINITIONS;
export type BlockType = keyof Definitions;

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the keys of the object above
export const BLOCK_TYPES = Object.keys(BLOCK_DEFINITIONS) as [BlockType, ...BlockType[]];

export const blockType = z.enum(BLOCK_TYPES);

export type DataOutput<T extends BlockType> = Definitions[T]['output'];
export const getDataOutput = <T extends BlockType>(type: T): DataOutput<T> => BLOCK_DEFINITIONS[type].output;

/** A union of one schema per type, told apart by `type`. */
export function buildTypeUnion<V extends z.ZodObject>(build: (type: BlockType) => V) {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as many as there are types
  return z.discriminatedUnion('type', BLOCK_TYPES.map(build) as [V, ...V[]]);
}

// The service checks `data`, which an update merges into the stored object, and what is required. These types tell SDK
// users by `type`.
export type DataInput<T extends BlockType> = z.input<Definitions[T]['data']>;
type UrlInput = {
  required: { url: string };
  optional: { url?: string | null | undefined };
  none: { url?: null | undefined };
};
type TitleOf<T extends BlockType> = Definitions[T] extends { title?: 'required' | undefined }
  ? Definitions[T] extends { title?: 'optional' | undefined }
    ? unknown
    : { title: string }
  : unknown;
// oxlint-disable-next-line typescript/no-empty-object-type -- asks whether any member is required
type DataMember<T extends BlockType> =
  {} extends DataInput<T> ? { data?: DataInput<T> | undefined } : { data: DataInput<T> };
type SpecialMembers = {
  text: { url?: null | undefined } & ({ data: { text: string } } | { title: string });
  social: { url: string } | { data: Required<DataInput<'social'>> };
};
/** The members that a new block of the type must or can have, besides those of every type. */
export type TypeMembers<T extends BlockType> = DataMember<T> &
  (T extends keyof SpecialMembers ? SpecialMembers[T] : UrlInput[Definitions[T]['url']] & TitleOf<T>);

import { z } from 'zod';
import { createPacer } from '../../../core/pacing.ts';
import { tryParseJson } from '../../../core/text/json.ts';
import { type BlockType } from '../blocks/schema.ts';
import {
  type Collector,
  toCompleteUrl,
  createCollector,
  findUrlType,
  type ImportedPage,
  MAX_FOREIGN_LINKS,
  toImportedPage,
  toLine,
  toPageName,
  toProse,
} from './collecting/content.ts';
import { toMarkdown, toPlainText } from './documents/content.ts';

// What LinkStack's "Export all data" and "Export links" write.
const text = z.string().nullish().catch(null);
/** Longer than any that LinkStack takes. */
const MAX_HTML_LENGTH = 20_000;
const html = z
  .string()
  .transform((given) => given.slice(0, MAX_HTML_LENGTH))
  .nullish()
  .catch(null);
const number = z.coerce.number().nullish().catch(null);
const linkStackLink = z.object({
  type: text,
  button_id: number,
  title: html,
  link: text,
  order: number,
  up_link: text,
});
type LinkStackLink = z.infer<typeof linkStackLink>;
const linkStackData = z.object({
  name: text,
  littlelink_name: text,
  littlelink_description: html,
  image_data: text,
  image_extension: text,
  links: z.array(linkStackLink).max(MAX_FOREIGN_LINKS),
});
/** Says that a file is one, as other files have links too. */
const linkStackMark = z.union([
  z.object({ littlelink_name: z.string() }),
  z.object({ links: z.array(z.object({ button_id: z.unknown(), up_link: z.unknown() })).min(1) }),
]);

/** Rows of the table of buttons that stand for a type; others are brands of links. */
const BUTTON_TYPES: Record<number, string> = {
  42: 'heading',
  43: 'spacer',
  44: 'telephone',
  93: 'text',
  94: 'icon',
  96: 'vcard',
};
const findType = ({ type, button_id: button }: LinkStackLink): string =>
  (typeof button === 'number' && BUTTON_TYPES[button]) || (type ?? 'link');

const compareOrders = (one: LinkStackLink, other: LinkStackLink) => (one.order ?? 0) - (other.order ?? 0);

const contact = z.record(z.string(), z.unknown()).catch({});

/** A page has a contact card of its own, which is made from its blocks. */
function addContact(collector: Collector, { link, title }: LinkStackLink): void {
  const name = toLine(title);
  const given = Object.entries(contact.parse(tryParseJson(link ?? '')));
  const add = (type: BlockType, member: RegExp, scheme: string) => {
    for (const [key, value] of given)
      if (member.test(key) && typeof value === 'string' && value.trim() !== '')
        collector.add(value, type, { title: null, url: `${scheme}${value.trim()}` });
  };
  add('email', /email$/, 'mailto:');
  add('phone', /phone$/, 'tel:');
  collector.change(
    name ?? 'vCard',
    'A page has a contact card of its own, made from its email and phone blocks. Postal addresses are not in it.',
  );
}

function addLink(collector: Collector, link: LinkStackLink): void {
  const type = findType(link);
  const title = toLine(toPlainText(link.title ?? ''));
  const pinned = link.up_link === 'yes';
  if (type === 'icon') return link.link ? collector.addProfile(title, toCompleteUrl(link.link)) : undefined;
  if (type === 'vcard') return addContact(collector, link);
  if (type === 'heading') return void collector.add(title ?? '', 'heading', { title, pinned });
  if (type === 'spacer') return void collector.add('', 'divider', { data: { style: 'space' } });
  if (type === 'text')
    return void collector.add(title ?? '', 'text', {
      data: { text: toProse(toMarkdown(link.title ?? ''), 2_000) },
      pinned,
    });
  const given = toCompleteUrl(link.link ?? '');
  if (given === '') return collector.skip(title ?? '', 'The file does not contain its link');
  const url = type === 'telephone' && !given.startsWith('tel:') ? `tel:${given}` : given;
  collector.add(title ?? url, findUrlType(url), { title, url, pinned });
}

export async function readLinkStack(data: unknown): Promise<ImportedPage | undefined> {
  const { data: user } = linkStackData.safeParse(data);
  if (!user || !linkStackMark.safeParse(data).success) return undefined;
  const collector = createCollector();
  const title = toPageName(user.name) ?? toPageName(user.littlelink_name);
  const pace = createPacer();
  for (const link of user.links.toSorted(compareOrders)) {
    await pace();
    addLink(collector, link);
  }
  collector.addProfileRow();
  if (user.image_data)
    collector.addPicture(
      null,
      'Avatar',
      `data:image/${user.image_extension ?? 'png'};base64,${user.image_data}`,
    );
  return toImportedPage(collector, {
    ...(title !== null && { title }),
    ...(user.littlelink_description && {
      bio: toProse(toPlainText(user.littlelink_description), 256),
    }),
  });
}

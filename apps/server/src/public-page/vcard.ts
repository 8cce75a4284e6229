import type { PublicPage } from '@linkgrove/api';
import { VCard } from 'vcard-creator';

/** What stands behind `mailto:` or `tel:`. */
const addressOf = (url: string): string => decodeURIComponent(url.replace(/^\w+:|\?.*$/g, ''));

/** The card of a page's owner (vCard 3.0): the name, the page, and the ways to get in touch that are on it. */
export function renderVcard(page: PublicPage): string {
  const card = new VCard();
  // The library takes a name apart; people do not always have two.
  card.addFullName(page.title).addName({ givenName: page.title }).addUrl({ url: page.url });
  if (page.bio !== null) card.addNote(page.bio);
  for (const block of page.blocks) {
    if (block.url === null) continue;
    if (block.type === 'email') card.addEmail({ address: addressOf(block.url) });
    if (block.type === 'phone') card.addPhoneNumber({ number: addressOf(block.url) });
  }
  for (const { data } of page.blocks) {
    if (!data || !('profiles' in data)) continue;
    for (const { platform, url } of data.profiles) card.addSocial({ url, type: platform, user: '' });
  }
  return card.toString();
}

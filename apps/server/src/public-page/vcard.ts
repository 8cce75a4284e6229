import type { PublicPage } from '@linkgrove/api';
import { VCard } from 'vcard-creator';
import { readContactUrl } from './blocks.ts';

/** Renders the contact of a page's owner as vCard 3.0: name, page, email addresses, phone numbers and profiles. */
export function renderVcard(page: PublicPage): string {
  const card = new VCard();
  // The library would split the title into a first and a last name.
  card.addFullName(page.title).addName({ givenName: page.title }).addUrl({ url: page.url });
  if (page.bio !== null) card.addNote(page.bio);
  for (const block of page.blocks) {
    if (block.url === null) continue;
    if (block.type === 'email') card.addEmail({ address: readContactUrl(block.url) });
    if (block.type === 'phone') card.addPhoneNumber({ number: readContactUrl(block.url) });
  }
  for (const { data } of page.blocks) {
    if (!data || !('profiles' in data)) continue;
    for (const { platform, url } of data.profiles) card.addSocial({ url, type: platform, user: '' });
  }
  return card.toString();
}

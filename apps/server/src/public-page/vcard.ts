import { type PublicBlock, type PublicPage, readContactUrl } from '@linkgrove/api';
import { VCard } from 'vcard-creator';
import { listTrustedProfiles } from './profiles.ts';
import { renderEach, type ReportFailure } from './safe-rendering.ts';

type Entry = (card: VCard) => unknown;

function listContacts({ type, url, suspicious }: PublicBlock): Entry[] {
  if (url === null || suspicious || (type !== 'email' && type !== 'phone')) return [];
  const { value } = readContactUrl(url);
  return [
    (card) => (type === 'email' ? card.addEmail({ address: value }) : card.addPhoneNumber({ number: value })),
  ];
}

export function renderVcard(page: PublicPage, report: ReportFailure): string {
  const card = new VCard();
  // The library would split the title into a first and a last name.
  card.addFullName(page.title).addName({ givenName: page.title }).addUrl({ url: page.url });
  if (page.bio !== null) card.addNote(page.bio);
  for (const add of renderEach(page.blocks, report, listContacts).flat()) add(card);
  const profiles = renderEach(page.blocks, report, listTrustedProfiles).flat();
  // The library's own social entry would write each profile twice.
  for (const url of new Set(profiles.map((profile) => profile.url)))
    if (url !== page.url) card.addUrl({ url });
  return card.toString();
}

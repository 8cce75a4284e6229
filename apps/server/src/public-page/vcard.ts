import { type PublicBlock, type PublicPage, readContactUrl } from '@linkgrove/api';
import { VCard } from 'vcard-creator';
import { renderEach, type ReportFailure } from './safe-rendering.ts';

type Entry = (card: VCard) => unknown;

function listContacts({ type, url }: PublicBlock): Entry[] {
  if (url === null || (type !== 'email' && type !== 'phone')) return [];
  const { value } = readContactUrl(url);
  return [
    (card) => (type === 'email' ? card.addEmail({ address: value }) : card.addPhoneNumber({ number: value })),
  ];
}

/** The library's own social entry would write each profile twice. */
const listProfiles = ({ data }: PublicBlock): string[] =>
  data && 'profiles' in data ? data.profiles.map(({ url }) => url) : [];

export function renderVcard(page: PublicPage, report: ReportFailure): string {
  const card = new VCard();
  // The library would split the title into a first and a last name.
  card.addFullName(page.title).addName({ givenName: page.title }).addUrl({ url: page.url });
  if (page.bio !== null) card.addNote(page.bio);
  for (const add of renderEach(page.blocks, report, listContacts).flat()) add(card);
  const profiles = new Set(renderEach(page.blocks, report, listProfiles).flat());
  for (const url of profiles) if (url !== page.url) card.addUrl({ url });
  return card.toString();
}

import Bowser from 'bowser';

const KNOWN_NAMES = new Set([...Object.values(Bowser.BROWSER_MAP), ...Object.values(Bowser.OS_MAP)]);

export type BrowserKind = {
  /** Stays the same through updates. Its words may be the client's own. */
  family: string;
  /** Such as `Firefox on Linux`, from a closed list of words; null if it is unknown. */
  label: string | null;
};

export function readBrowserKind(userAgent: string | null | undefined): BrowserKind {
  if (!userAgent?.trim()) return { family: '', label: null };
  const { browser, os } = Bowser.parse(userAgent);
  const names = [browser.name, os.name].flatMap((name) => name || []);
  const known = names.filter((name) => KNOWN_NAMES.has(name));
  return { family: names.join(' on ') || userAgent, label: known.join(' on ') || null };
}

type Channel = {
  postMessage(message: unknown): void;
  close(): void;
  onmessage: unknown;
};

/** The parts of a browser page that this package uses. */
export type Page = {
  location?: { search: string; origin: string; hostname: string; href: string };
  document?: EventTarget & { prerendering?: boolean; cookie?: string };
  BroadcastChannel?: new (name: string) => Channel;
};

/** Reads the browser's globals, which do not exist on a server. */
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the package is compiled without DOM types
export const readPage = (): Page => globalThis as Page;

export const isBrowserPage = (): boolean => 'window' in globalThis && 'document' in globalThis;

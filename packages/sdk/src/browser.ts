type Channel = {
  postMessage(message: unknown): void;
  close(): void;
  addEventListener(type: 'message', listener: (event: Event) => void): void;
};

/** The parts of a browser page that this package uses. */
export type Page = {
  location?: { search: string; origin: string; hostname: string; href: string };
  document?: EventTarget & { prerendering?: boolean; cookie?: string };
  BroadcastChannel?: new (name: string) => Channel;
};

/** Reads the browser's globals, which do not exist on a server. */
export const readPage = (): Page => globalThis;

export const isBrowserPage = (): boolean => 'window' in globalThis && 'document' in globalThis;

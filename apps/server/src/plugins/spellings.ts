import fp from 'fastify-plugin';

const FOR_PROGRAMS = /^\/(?:api|trpc|admin|assets)(?:\/|$)/;

type Spelling = { pattern: RegExp; url: string };

function toSpelling(url: string): Spelling {
  const source = url
    .replace(/\/$/, '')
    .replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
    .replace(/:\w+/g, '([^/]+)');
  return { pattern: new RegExp(`^${source}/*$`, 'i'), url };
}

// A request may contain bytes that a header cannot.
const toAscii = (text: string): string => text.replace(/[^\x21-\x7e]/g, encodeURIComponent);

/** `findOtherSpelling` ignores case outside parameters and trailing slashes in the GET routes for people. */
export const spellingsPlugin = fp(async (server) => {
  const spellings: Spelling[] = [];
  server.addHook('onRoute', ({ method, url }) => {
    const isForPeople = method === 'GET' && url.length > 1 && !url.includes('*') && !FOR_PROGRAMS.test(url);
    if (isForPeople) spellings.push(toSpelling(url));
  });
  server.decorate('findOtherSpelling', (requested: string) => {
    const [path = '', query] = requested.split(/\?(.*)/s, 2);
    for (const { pattern, url } of spellings) {
      const parameters = pattern.exec(path)?.slice(1);
      if (!parameters) continue;
      const found = url.replace(/:\w+/g, () => parameters.shift() ?? '');
      if (found !== path) return toAscii(query === undefined ? found : `${found}?${query}`);
    }
    return undefined;
  });
});

import { BROWSER } from '../kit/people.ts';

type Page = { pageId: string; workspaceId: string; blockId: string };

/** Deterministic, so that a run can be repeated. */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const BOTS = ['curl/8.11.1', 'Twitterbot/1.0', ''];
const REFERRERS = ['https://t.co/x', 'https://l.instagram.com/', 'https://www.google.de/', undefined];

/** Requests as visitors, bots, owners and someone who never stops reloading send them, most of them to few pages. */
export function createFlood(pages: Page[], seed: number) {
  const random = createRandom(seed);
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random() ** 2 * values.length)] as T;
  return () => {
    const { pageId, workspaceId, blockId } = pick(pages);
    const kind = random();
    const isRepeat = kind > 0.85;
    const userAgent = kind < 0.1 ? pick(BOTS) : BROWSER;
    const address = isRepeat
      ? '203.0.113.1'
      : `10.${seed % 250}.${Math.floor(random() * 200)}.${Math.floor(random() * 200)}`;
    return {
      subject:
        random() < 0.2
          ? ({ kind: 'click', pageId, workspaceId, blockId } as const)
          : ({ kind: 'view', pageId, workspaceId } as const),
      at: Date.now(),
      method: random() < 0.02 ? 'HEAD' : 'GET',
      ip: address,
      headers: {
        'user-agent': userAgent,
        referer: pick(REFERRERS),
        ...(random() < 0.05 && { 'sec-gpc': '1' }),
      },
      query: random() < 0.1 ? { via: 'qr' } : {},
      country: pick(['AT', 'DE', undefined]),
      region: undefined,
      credentials:
        kind > 0.1 && kind < 0.15
          ? { apiKey: undefined, accessToken: workspaceId, refreshToken: undefined, isBearer: false }
          : undefined,
    };
  };
}

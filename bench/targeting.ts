import { findMedian } from './lib/figures.ts';
import { measureRun, type Run } from './lib/load.ts';
import { startBenchServer } from './server.ts';

// Compares a page with targeted blocks with the same page without, and prints how often a variant was rendered before when
// visitors come from many countries, with many languages and devices.
// Usage: npm run bench:targeting -- [rounds] [seconds] [visitors]
const rounds = Number(process.argv[2] ?? 6);
const seconds = Number(process.argv[3] ?? 2);
const visitors = Number(process.argv[4] ?? 20_000);

const COUNTRIES =
  'AT BE BR CA CH CN CZ DE DK ES FI FR GB GR HU ID IE IN IT JP KR MX NL NO PL PT SE TR UA US'.split(' ');
const LANGUAGES = ['de-AT,de;q=0.9', 'en-GB,en;q=0.9', 'fr', 'ja', 'pt-BR,pt;q=0.8,en;q=0.5', 'es-419'];
const AGENTS = [
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1',
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36',
  'Mozilla/5.0 (iPad; CPU OS 16_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.6 Mobile/15E148 Safari/604.1',
];
const TARGETS = [
  { countries: { include: ['AT', 'CH', 'DE'] } },
  { countries: { exclude: ['US'] } },
  { languages: { include: ['de'] } },
  { devices: { include: ['phone'] } },
];

const server = await startBenchServer('4', {
  env: { TRUST_PROXY: '127.0.0.1', COUNTRY_HEADER: 'CF-IPCountry', METRICS: 'true' },
});

async function createPage(token: string, handle: string, isTargeted: boolean): Promise<void> {
  const send = async (path: string, body: object) => {
    const response = await fetch(`${server.url}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(await response.text());
    return JSON.parse(await response.text());
  };
  const page: { id: string } = await send('/api/pages', { handle, title: 'Ada Lovelace', published: true });
  for (let n = 1; n <= 8; n++) {
    const targeting = isTargeted ? (TARGETS[n - 1] ?? null) : null;
    const block = { type: 'link', title: `Link ${n}`, url: `https://example.com/${n}`, targeting };
    await send(`/api/pages/${page.id}/blocks`, block);
  }
}

const pick = (from: string[], index: number): string => from[index % from.length] ?? '';
async function visit(n: number): Promise<void> {
  const headers = {
    'cf-ipcountry': pick(COUNTRIES, n),
    'accept-language': pick(LANGUAGES, n * 7),
    'user-agent': pick(AGENTS, Math.floor(n / 11)),
  };
  await (await fetch(`${server.url}/@targeted`, { headers })).arrayBuffer();
}

async function readReads(): Promise<{ hit: number; miss: number }> {
  const text = await (await fetch(`${server.url}/metrics`)).text();
  const read = (result: string) =>
    Number(new RegExp(`linkgrove_page_variants_total\\{result="${result}"\\} (\\d+)`).exec(text)?.[1] ?? 0);
  return { hit: read('hit'), miss: read('miss') };
}

try {
  const token = await server.signUp();
  await createPage(token, 'plain', false);
  await createPage(token, 'targeted', true);
  const runs: Record<'plain' | 'targeted', Run[]> = { plain: [], targeted: [] };
  const headers = {
    'cf-ipcountry': 'AT',
    'accept-language': 'de-AT,de;q=0.9',
    'user-agent': AGENTS[0] ?? '',
  };
  for (let round = 0; round <= rounds; round++)
    for (const side of round % 2 ? (['plain', 'targeted'] as const) : (['targeted', 'plain'] as const)) {
      const one = await measureRun({ url: `${server.url}/@${side}`, pid: server.pid, seconds, headers });
      if (round > 0) runs[side].push(one);
    }
  const costOf = (side: keyof typeof runs) => findMedian(runs[side].map(({ cost }) => cost));
  const ratio = findMedian(runs.plain.map(({ cost }, n) => cost / (runs.targeted[n]?.cost ?? Number.NaN)));
  console.log(
    `plain ${costOf('plain').toFixed(1)} µs, targeted ${costOf('targeted').toFixed(1)} µs: ${ratio.toFixed(2)} by CPU time`,
  );
  const before = await readReads();
  for (let n = 0; n < visitors; n += 20)
    await Promise.all(Array.from({ length: 20 }, (_, i) => visit(n + i)));
  const after = await readReads();
  const [hits, misses] = [after.hit - before.hit, after.miss - before.miss];
  console.log(
    `${visitors} visitors of ${COUNTRIES.length} countries, ${LANGUAGES.length} languages and ${AGENTS.length} devices: ` +
      `${misses} renderings, hit rate ${((hits / (hits + misses)) * 100).toFixed(2)} %`,
  );
} finally {
  await server.stop();
}

import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Route } from 'playwright-core';

export const SAMPLE_HANDLE = 'ada';
const OWNER = { email: 'ada@example.com', username: SAMPLE_HANDLE, password: 'correct-horse-battery' };
export const PICTURES = 'https://pictures.example';

const wrapSvg = (width: number, height: number, content: string) =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${content}</svg>`;
const DRAWINGS: Record<string, string> = {
  '/studio.svg': wrapSvg(
    88,
    88,
    '<rect width="88" height="88" fill="#c9462c"/><path d="M0 88 88 0v88z" fill="#e8a060"/><circle cx="62" cy="26" r="12" fill="#ffe2c4"/>',
  ),
  '/lake.svg': wrapSvg(
    800,
    520,
    '<rect width="800" height="520" fill="#8fc1b5"/><circle cx="560" cy="150" r="70" fill="#f4ead2"/><path d="M0 360 220 180 400 340 560 230 800 380v140H0z" fill="#3f7f79"/><path d="M0 420h800v100H0z" fill="#2b5d77"/>',
  ),
};
/** Scenes of a few colours, for avatars and thumbnails. */
const drawScene = ([sky, sun, hill, ground]: readonly [string, string, string, string]) =>
  wrapSvg(
    600,
    600,
    `<rect width="600" height="600" fill="${sky}"/><circle cx="410" cy="210" r="90" fill="${sun}"/><path d="M0 420 170 250 320 400 450 290 600 430v170H0z" fill="${hill}"/><path d="M0 480q150-60 300 0t300 0v120H0z" fill="${ground}"/>`,
  );
Object.assign(DRAWINGS, {
  '/tide.svg': drawScene(['#f2d7b6', '#e4572e', '#2e5e6b', '#173f4a']),
  '/ferry.svg': drawScene(['#2b3a67', '#ffd166', '#496a81', '#1b2440']),
  '/clay.svg': drawScene(['#e9d8c4', '#fff4e6', '#b5633f', '#7a3b22']),
  '/face.svg': wrapSvg(
    600,
    600,
    '<rect width="600" height="600" fill="#d9c3a5"/><path d="M60 600c10-150 110-200 240-200s230 50 240 200z" fill="#2f4858"/><path d="M245 350h110v90q-55 55-110 0z" fill="#c98f6b"/><ellipse cx="300" cy="260" rx="112" ry="140" fill="#e0a982"/><path d="M178 250c-20-130 60-190 130-180 90-10 140 70 114 180-20-70-60-90-120-96-60 6-104 26-124 96z" fill="#3b2417"/>',
  ),
});
const PLAYER = `<!doctype html><style>body{margin:0;height:100vh;display:grid;place-items:center;background:linear-gradient(135deg,#1d2b3f,#4b2f58)}p{position:absolute;left:16px;top:8px;color:#fff;font:16px system-ui}</style><p>The Analytical Engine, explained</p><svg width="68" height="48"><rect width="68" height="48" rx="12" fill="#f03"/><path d="M27 14v20l18-10z" fill="#fff"/></svg>`;

/** Answers requests to other hosts without the network: drawings and a player. Other requests fail. */
export async function answerForeignRequest(route: Route): Promise<void> {
  const { origin, pathname, hostname } = new URL(route.request().url());
  const drawing = origin === PICTURES ? DRAWINGS[pathname] : undefined;
  if (drawing) await route.fulfill({ contentType: 'image/svg+xml', body: drawing });
  else if (hostname === 'www.youtube-nocookie.com')
    await route.fulfill({ contentType: 'text/html', body: PLAYER });
  else await route.abort();
}

type Place = [x: number, y: number, w: number, h: number];
const at = (desktop: Place, mobile: Place) => ({ desktop, mobile });
const profiles = ['instagram', 'youtube', 'mastodon', 'github', 'linkedin'].map((platform) => ({
  platform,
  url: `https://${platform}.com/ada`,
}));

/** Each block with its place in a grid. */
const BLOCKS = [
  [{ type: 'social', data: { profiles } }, null],
  [
    {
      type: 'link',
      title: 'Read the new essay: On quiet software',
      url: 'https://example.com/essay',
      data: { description: 'Twelve minutes, no pop-ups' },
      pinned: true,
    },
    at([0, 0, 2, 2], [0, 0, 2, 2]),
  ],
  [
    {
      type: 'link',
      title: 'Studio portfolio',
      url: 'https://example.com/',
      thumbnailUrl: `${PICTURES}/studio.svg`,
    },
    at([2, 0, 2, 1], [0, 2, 1, 2]),
  ],
  [{ type: 'link', title: 'Book a call', url: 'https://example.com/call' }, at([2, 1, 2, 1], [1, 2, 1, 2])],
  [{ type: 'heading', title: 'Listen & watch' }, null],
  [{ type: 'embed', title: 'A talk', url: 'https://youtu.be/dQw4w9WgXcQ' }, at([0, 3, 2, 3], [0, 5, 2, 3])],
  [
    {
      type: 'text',
      title: 'About',
      data: {
        text: 'I write about **machines that think** and the people who tend them. New letters every *second Sunday*: [subscribe](https://example.com/letters).',
      },
    },
    at([2, 3, 2, 2], [0, 8, 2, 2]),
  ],
  [
    { type: 'link', title: 'Members’ gallery', url: 'https://example.com/gallery', gate: '18+' },
    at([2, 5, 2, 1], [0, 10, 2, 1]),
  ],
  [
    {
      type: 'image',
      title: 'Ockham Park',
      url: `${PICTURES}/lake.svg`,
      data: { alt: 'A lake between hills' },
    },
    at([0, 6, 2, 3], [0, 11, 2, 3]),
  ],
  [{ type: 'email', title: 'Write to me', url: 'mailto:ada@example.com' }, at([2, 6, 2, 1], [0, 14, 2, 1])],
] as const;

// oxlint-disable-next-line typescript/no-explicit-any -- answers of the server that this script starts
type Answer = any;
export type Send = (method: string, path: string, body?: object) => Promise<Answer>;

function createSender(server: string): { send: Send; signIn: (token: string) => void } {
  const headers: Record<string, string> = { 'content-type': 'application/json' };
  return {
    signIn: (token) => (headers['authorization'] = `Bearer ${token}`),
    send: async (method, path, body) => {
      const response = await fetch(server + path, {
        method,
        headers,
        ...(body && { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      if (!response.ok) throw new Error(`${method} ${path}: ${text}`);
      return text === '' ? undefined : JSON.parse(text);
    },
  };
}

/** Waits for the mail with the verification link, and returns its token. */
async function readVerificationToken(send: Send): Promise<string> {
  for (let tries = 0; tries < 100; tries++) {
    const [, token] =
      /verify-email\?token=([\w.~-]+)/.exec(JSON.stringify(await send('GET', '/dev/mail.json'))) ?? [];
    if (token) return token;
    await sleep(100);
  }
  throw new Error('No verification mail');
}

/** Signs up the owner. */
export async function signUpOwner(server: string): Promise<Send> {
  const { send, signIn } = createSender(server);
  signIn((await send('POST', '/api/register', OWNER)).accessToken);
  await send('POST', '/api/verify-email', { token: await readVerificationToken(send) });
  return send;
}

export type SamplePage = { send: Send; path: string; gatePath: string; useGrid: () => Promise<void> };

/** Signs up the owner of the sample page, fills the page and publishes it. */
export async function createSamplePage(server: string): Promise<SamplePage> {
  const send = await signUpOwner(server);
  const path = `/api/pages/${(await send('GET', '/api/pages')).items[0].id}`;
  const placed: [id: string, layout: object][] = [];
  let gatePath = '';
  for (const [block, layout] of BLOCKS) {
    const { id } = await send('POST', `${path}/blocks`, block);
    if (layout) placed.push([id, layout]);
    if ('gate' in block) gatePath = `/go/${id}`;
  }
  await send('PATCH', path, {
    title: 'Ada Lovelace',
    bio: 'Mathematician, poet of numbers, first to write a program.\nLondon · she/her',
    published: true,
  });
  const useGrid = async () => {
    for (const [id, layout] of placed) await send('PATCH', `/api/blocks/${id}`, { layout });
  };
  return { send, path, gatePath, useGrid };
}

export const useTheme = ({ send, path }: SamplePage, preset: string): Promise<void> =>
  send('PATCH', path, { theme: { preset } });

/** As `openapi.json` lists them. */
export const listPresets = (): string[] =>
  JSON.parse(readFileSync(new URL('../../openapi.json', import.meta.url), 'utf8')).components.schemas
    .ThemePreset.enum;

import bowser from 'bowser';
import { isbot } from 'isbot';
import { describe, expect, it } from 'vitest';
import { createAgentReader } from './policy.ts';

const read = createAgentReader({
  isbot,
  parse: (text) => {
    const { browser, os, platform } = bowser.parse(text);
    return { browser: browser.name, os: os.name, platform: platform.type };
  },
});

const IPHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)';
const PIXEL =
  'Mozilla/5.0 (Linux; Android 15; Pixel 9 Build/AP4A.250105.002; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/131.0.6778.135 Mobile Safari/537.36';

/** In-app browsers, among them those of isbot's issues 254, 257 and 314. */
const PEOPLE: [string, string, string | null][] = [
  [
    'Instagram',
    `${IPHONE} Mobile/22F76 Instagram 382.0.0.23.81 (iPhone16,2; iOS 18_5; en_US; en; scale=3.00; 1290x2796; IABMV/1; 739364325)`,
    'instagram.com',
  ],
  [
    'Instagram',
    `${PIXEL} Instagram 361.0.0.46.88 Android (35/15; 420dpi; 1080x2424; Google/google; Pixel 9; tokay; tokay; en_US; 674675155)`,
    'instagram.com',
  ],
  [
    'Facebook',
    `${IPHONE} Mobile/22F76 [FBAN/FBIOS;FBAV/518.0.0.52.100;FBBV/745873461;FBDV/iPhone16,2;FBMD/iPhone;FBSN/iOS;FBSV/18.5;FBSS/3;FBCR/;FBID/phone;FBLC/en_US;FBOP/80]`,
    'facebook.com',
  ],
  ['Facebook', `${PIXEL} [FB_IAB/FB4A;FBAV/492.0.0.59.108;IABMV/1;]`, 'facebook.com'],
  ['Messenger', `${PIXEL} [FB_IAB/Orca-Android;FBAV/489.0.0.42.108;]`, 'messenger.com'],
  [
    'TikTok',
    `${IPHONE} Mobile/22F76 musical_ly_39.8.0 JsSdk/2.0 NetType/WIFI Channel/App Store ByteLocale/en Region/US isDarkMode/1 WKWebView/1 RevealType/Dialog BytedanceWebview/d8a21c6`,
    'tiktok.com',
  ],
  ['TikTok', `${PIXEL} trill_390803 BytedanceWebview/d8a21c6`, 'tiktok.com'],
  [
    'Snapchat',
    `${IPHONE} Mobile/22F76 Snapchat/13.43.0.41 (like Safari/8621.2.5.10.10, panda)`,
    'snapchat.com',
  ],
  ['Snapchat', `${PIXEL} Snapchat/13.10.0.42 (Pixel 9; Android 15#12650793#35; gzip; )`, 'snapchat.com'],
  ['LinkedIn', `${IPHONE} Mobile/22F76 [LinkedInApp]/9.31.2547`, 'linkedin.com'],
  ['LinkedIn', `${PIXEL} [LinkedInApp]/4.1.1024`, 'linkedin.com'],
  ['X', `${IPHONE} Mobile/22F76 Twitter for iPhone/10.95`, 'x.com'],
  ['X', `${PIXEL} TwitterAndroid`, 'x.com'],
  ['WhatsApp', `${PIXEL} WhatsApp/2.25.3.75`, 'whatsapp.com'],
  ['WhatsApp', `${IPHONE} Mobile/22F76 WhatsApp/25.3.10`, 'whatsapp.com'],
  [
    'Threads',
    `${IPHONE} Mobile/22F76 Barcelona 382.0.0.23.81 (iPhone16,2; iOS 18_5; en_US; en; scale=3.00; 1290x2796; 739364325)`,
    'threads.com',
  ],
  ['Safari', `${IPHONE} Version/18.5 Mobile/15E148 Safari/604.1`, null],
  [
    'Chrome',
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36',
    null,
  ],
  ['Firefox', 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', null],
];

/** Link previews of the same firms, crawlers and programs. */
const BOTS = [
  'facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)',
  'facebookexternalhit/1.1;line-poker/1.0',
  'Mozilla/5.0 (compatible; facebookexternalhit/1.1; +http://www.facebook.com/externalhit_uatext.php)',
  'facebookcatalog/1.0',
  'meta-externalagent/1.1 (+https://developers.facebook.com/docs/sharing/webmasters/crawler)',
  'meta-externalfetcher/1.1',
  'Instagram 10.0.0 (bot)',
  'WhatsApp/2.23.20.0',
  'WhatsApp/2.2412.54 W',
  'Twitterbot/1.0',
  'LinkedInBot/1.0 (compatible; Mozilla/5.0; Apache-HttpClient +http://www.linkedin.com)',
  'TelegramBot (like TwitterBot)',
  'Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)',
  'Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_11_1) AppleWebKit/601.2.4 (KHTML, like Gecko) Version/9.0.1 Safari/601.2.4 facebookexternalhit/1.1 Facebot Twitterbot/1.0',
  'Mozilla/5.0 (compatible; Bytespider; spider-feedback@bytedance.com)',
  'Mozilla/5.0 (Linux; Android 5.0) AppleWebKit/537.36 (KHTML, like Gecko) Mobile Safari/537.36 (compatible; Bytespider; https://zhanzhang.toutiao.com/)',
  'Mozilla/5.0 (Linux; Android 6.0.1; Nexus 5X Build/MMB29P) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.6778.135 Mobile Safari/537.36 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)',
  'Mozilla/5.0 (compatible; Snap URL Preview Service; bot; snapchat; https://developers.snap.com/robots)',
  'Pinterestbot/1.0',
  'GPTBot/1.2',
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/131.0.0.0 Safari/537.36',
  'curl/8.11.1',
  'python-requests/2.32.3',
  '',
  ' ',
];

describe('an agent', () => {
  it.each(PEOPLE)('of a person in %s is no bot: %s', (browser, text, appSite) => {
    expect(read(text)).toMatchObject({ isBot: false, browser, appSite });
  });

  it.each(BOTS)('that previews links, crawls or is a program is a bot: %j', (text) => {
    expect(read(text)).toMatchObject({ isBot: true, device: null, browser: null, os: null });
  });

  it('is read once', () => {
    expect(read(PIXEL)).toBe(read(PIXEL));
    expect(read(PIXEL)).toMatchObject({ device: 'mobile', os: 'Android' });
  });
});

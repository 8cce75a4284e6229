import { PICTURES } from './sample-page.ts';

// Pages of ten trades, and of hard cases, for `scripts/look-at-presets.ts`.

type LookBlock = { type: string; title?: string; url?: string; data?: object; [member: string]: unknown };
export type LookPage = {
  name: string;
  language: string;
  title: string;
  bio: string | null;
  avatar: boolean;
  blocks: LookBlock[];
};

const link = (title: string, description: string | null = null, more: object = {}): LookBlock => ({
  type: 'link',
  title,
  url: 'https://example.com/',
  data: { description },
  ...more,
});
const pinned = { pinned: true };
const pictured = (name: string): object => ({ thumbnailUrl: `${PICTURES}/${name}.svg` });
const heading = (title: string): LookBlock => ({ type: 'heading', title });
const text = (words: string, title?: string): LookBlock => ({
  type: 'text',
  data: { text: words },
  ...(title !== undefined && { title }),
});
const HOSTS: Record<string, string> = { twitch: 'twitch.tv', behance: 'behance.net' };
const social = (...platforms: string[]): LookBlock => ({
  type: 'social',
  data: {
    profiles: platforms.map((platform) => ({
      platform,
      url: `https://${HOSTS[platform] ?? `${platform}.com`}/example`,
    })),
  },
});
const mail = (title: string): LookBlock => ({ type: 'email', title, url: 'mailto:hello@example.com' });
const phone = (title: string): LookBlock => ({ type: 'phone', title, url: 'tel:+442079460123' });
const photo = (title: string, name: string): LookBlock => ({
  type: 'image',
  title,
  url: `${PICTURES}/${name}.svg`,
  data: { alt: title },
});

const page = (
  name: string,
  [language, title, bio]: [language: string, title: string, bio: string | null],
  blocks: LookBlock[],
  avatar = true,
): LookPage => ({ name, language, title, bio, avatar, blocks });

export const LOOK_PAGES: readonly LookPage[] = [
  page(
    'musician',
    ['en', 'Wren Halloran', 'Fiddle, voice, loop pedal 🎻 New record “Slack Water” in March'],
    [
      social('instagram', 'youtube', 'bandcamp', 'tiktok', 'spotify'),
      link('Pre-order “Slack Water”', 'Vinyl, cassette and download', { ...pinned, ...pictured('tide') }),
      link('Listen to the single', 'Ferry Lights, everywhere', pictured('ferry')),
      heading('On tour'),
      text(
        '- **9 Mar**, Bristol, The Loft\n- **11 Mar**, Ghent, De Loods *(sold out)*\n- **14 Mar**, Köln, Artheater',
      ),
      link('Tickets'),
      mail('Booking'),
    ],
  ),
  page(
    'restaurant',
    ['it', 'Trattoria del Ponte', 'Cucina di lago, dal 1974. Chiusi il lunedì.'],
    [
      link('Prenota un tavolo', 'Anche per la stessa sera', pinned),
      link('Il menù di oggi', null, pictured('tide')),
      heading('Dove siamo'),
      text('Via del Ponte 4, Lecco. **Martedì–domenica** 12:00–14:30 e 19:00–22:30.'),
      phone('Chiama'),
      social('instagram', 'facebook'),
    ],
  ),
  page(
    'streamer',
    ['en', 'PIXELMOTH', 'Speedruns, bad puns, worse aim 🕹️ Live Tue/Thu/Sat at 20:00 CET'],
    [
      social('twitch', 'youtube', 'discord', 'tiktok', 'x'),
      link('🔴 Watch live', 'twitch.tv/pixelmoth', pinned),
      link('Join the Discord', '14,200 moths and counting'),
      link('My setup', 'Every cable, no affiliate nonsense', pictured('ferry')),
      link('Tip jar'),
      mail('Business only'),
    ],
  ),
  page(
    'charity',
    ['en', 'Rivers for Everyone', 'We clean rivers and open their banks. Registered charity 0000000.'],
    [
      link('Donate', '£10 clears a metre of bank', pinned),
      link('Volunteer this weekend', 'Boots and gloves provided'),
      heading('Where the money goes'),
      text('Of every pound, **88p** goes to work on the river, 9p to training and 3p to running the office.'),
      link('Annual report 2025', 'PDF, 2 MB'),
      social('facebook', 'instagram', 'linkedin'),
    ],
  ),
  page(
    'jobseeker',
    [
      'en-GB',
      'Priya Raman',
      'Data engineer, ten years in logistics. Looking for a new team in Leeds or remote.',
    ],
    [
      link('Curriculum vitae', 'One page, PDF'),
      link('How I cut a nightly job from 6 hours to 11 minutes', 'Case study, 8 minutes'),
      social('github', 'linkedin'),
      mail('Write to me'),
      phone('Call me'),
    ],
  ),
  page(
    'photographer',
    ['fr', 'Camille Aubert', 'Portraits et paysages. Lyon, et partout où va le train.'],
    [
      photo('Lac en hiver', 'lake'),
      link('Portfolio', null, pictured('tide')),
      link('Tirages', 'Éditions limitées, signées'),
      link('Réserver une séance'),
      social('instagram', 'behance'),
      mail('Me contacter'),
    ],
  ),
  page(
    'podcaster',
    ['de', 'Kaffee & Kabel', 'Der Podcast über Dinge, die man löten kann. Jeden zweiten Freitag.'],
    [
      link('Neue Folge: Das Donaudampfschifffahrtsgesellschaftskapitänsfunkgerät', '58 Minuten', pinned),
      heading('Überall hören'),
      link('Apple Podcasts'),
      link('Spotify'),
      link('RSS'),
      text('Fragen? Schickt sie als **Sprachnachricht** an [uns](https://example.com).', 'Mitmachen'),
      social('mastodon', 'youtube'),
    ],
  ),
  page(
    'shop',
    ['en', 'Ash & Oat', 'Hand-thrown stoneware. Fired in small batches in Stroud.'],
    [
      link('New: the breakfast set', 'Two bowls, two cups, £96', { ...pinned, ...pictured('clay') }),
      link('Bowls', null, pictured('tide')),
      link('Mugs', null, pictured('ferry')),
      link('Gift cards'),
      heading('Help'),
      link('Delivery and returns'),
      mail('Ask us'),
      social('instagram', 'etsy'),
    ],
  ),
  page(
    'bakery',
    ['ar', 'مخبز الفجر', 'خبز ساخن كل صباح منذ ١٩٧٩ 🌾 شارع البحر، اللاذقية'],
    [
      link('اطلب عبر واتساب', 'التوصيل خلال ٤٠ دقيقة', pinned),
      heading('القائمة'),
      text('- **خبز عربي**: ٥ ليرات\n- **كرواسون بالزعتر** (za’atar): ٢٥ ليرة\n- كعك بالسمسم 500g'),
      link('موقعنا على الخريطة', null, pictured('lake')),
      phone('اتصل بنا'),
      social('facebook', 'instagram'),
    ],
  ),
  page(
    'idol',
    ['ja', '七色パレット ＊ 空野みどり', '5人組アイドル「七色パレット」緑担当🍀\n毎週日曜20時〜配信中！'],
    [
      social('x', 'instagram', 'tiktok', 'youtube'),
      link('🎫 3/14（土）ワンマンライブ「春色銀河」チケット先行受付中‼️', null, pinned),
      link('ファンクラブ「パレット倶楽部」', '月額600円（税込）', pictured('tide')),
      link('グッズ通販'),
      heading('出演情報'),
      text('**3/2（月）** 19:00〜 FMこもれび「夜のおさんぽ」'),
      link('特典会のご予約はこちらからお願いいたします（当日券は会場にて若干数ございます）'),
      mail('お仕事のご依頼'),
    ],
  ),
  page(
    'sixty',
    ['en', 'Sixty links', 'Everything I have ever made, in one list.'],
    Array.from({ length: 60 }, (_, index) => link(`Link number ${index + 1}`)),
    false,
  ),
  page(
    'long',
    [
      'en',
      'Pneumonoultramicroscopicsilicovolcanoconiosis-and-its-friends',
      'One word of sixty letters, and what follows.',
    ],
    [
      link('Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunter'),
      link('A'),
      link('👩‍👩‍👧‍👦🏳️‍🌈🇺🇦✨🎉🥨🚲🌍', '🦊'),
      link(
        'A title that goes on for so long that it needs three lines on a phone and still is not at its end, which is here',
        'And its description is no shorter, because people write what they want to write, and it must fit',
        { ...pinned, ...pictured('ferry') },
      ),
      heading('A heading with many words that break over lines without leaving one alone'),
      mail('averyveryverylongaddress.withoutanyspaces@subdomain.of.a.long.example.com'),
    ],
    false,
  ),
  page('empty', ['en', 'Sam', null], [], false),
];

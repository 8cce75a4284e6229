import { drawEmblem, drawPortrait, drawStage } from '../drawings.ts';
import type { ExamplePage } from '../types.ts';

const TOKYO = { timezone: 'Asia/Tokyo' };

export const idol: ExamplePage = {
  handle: 'hinata.citrus',
  files: {
    portrait: {
      purpose: 'avatar',
      name: 'hinata.jpg',
      draw: () =>
        drawPortrait({
          back: ['#ffe1b0', '#ffb3c7'],
          skin: '#f7d6bd',
          hair: '#6b3a1f',
          clothes: '#ff7a00',
          long: true,
        }),
    },
    live: {
      purpose: 'image',
      name: 'live.jpg',
      alt: 'オレンジのペンライトに包まれた客席',
      draw: () =>
        drawStage({ back: ['#4a1440', '#c2416b'], beams: ['#ffb347', '#ff7ac0', '#ffe680'], seed: 5 }),
    },
    cover: {
      purpose: 'thumbnail',
      name: 'orange-planet.jpg',
      draw: () =>
        drawEmblem({
          back: ['#2b1a55', '#ff8a3d'],
          shape:
            '<circle cx="50" cy="52" r="24" fill="#ffa726"/><ellipse cx="50" cy="52" rx="40" ry="9" fill="none" stroke="#fff2cc" stroke-width="4" transform="rotate(-18 50 52)"/><path d="M50 28q6-10 14-8-4 10-14 8Z" fill="#7cb342"/>',
        }),
    },
    goods: {
      purpose: 'thumbnail',
      name: 'towel.jpg',
      draw: () =>
        drawEmblem({
          back: ['#fff3df', '#ffd3a3'],
          shape:
            '<path d="M22 34h56v34H22Z" fill="#ff7a00"/><path d="M22 40h56v4H22ZM22 58h56v4H22Z" fill="#fff"/>',
        }),
    },
  },
  page: (file) => ({
    title: '橘ひなた（星屑シトラス）',
    bio: '6人組アイドル「星屑シトラス」オレンジ担当。\n毎週土曜21時から配信しています。',
    avatarUrl: file('portrait').url,
    language: 'ja',
    theme: { preset: 'candy', colorScheme: 'light', avatarSize: 'large' },
  }),
  blocks: (file) => [
    {
      type: 'social',
      data: {
        profiles: [
          { platform: 'x', url: 'https://x.com/citrus_example' },
          { platform: 'instagram', url: 'https://instagram.com/citrus_example' },
          { platform: 'tiktok', url: 'https://tiktok.com/@citrus_example' },
          { platform: 'youtube', url: 'https://youtube.com/@citrus_example' },
          { platform: 'line', url: 'https://lin.ee/citrus' },
        ],
      },
    },
    {
      type: 'countdown',
      title: 'ワンマンライブ「柑橘系宇宙」まで',
      data: { until: '2027-12-19T09:00:00Z', ...TOKYO, after: '本日開演！' },
    },
    {
      type: 'event',
      title: 'ワンマンライブ「柑橘系宇宙」',
      url: 'https://ticket.citrus.example/1219',
      data: {
        beginsAt: '2027-12-19T09:00:00Z',
        finishesAt: '2027-12-19T11:30:00Z',
        ...TOKYO,
        place: '渋谷・スターライトホール',
        description: '先行抽選受付中。当日券は若干数ございます。',
      },
    },
    {
      type: 'music',
      title: 'オレンジ・プラネット',
      thumbnailUrl: file('cover').url,
      data: {
        artist: '星屑シトラス',
        services: [
          { service: 'line-music', url: 'https://music.line.me/track/orange' },
          { service: 'apple-music', url: 'https://music.apple.com/jp/album/orange' },
          { service: 'spotify', url: 'https://open.spotify.com/track/orange' },
          { service: 'amazon-music', url: 'https://music.amazon.co.jp/albums/orange' },
        ],
      },
    },
    { type: 'image', title: '夏ツアー最終日', data: { fileId: file('live').id } },
    { type: 'group', title: '通販・グッズ', data: { layout: 'list' } },
    {
      type: 'product',
      title: '推しタオル（オレンジ）',
      url: 'https://goods.citrus.example/towel',
      thumbnailUrl: file('goods').url,
      in: '通販・グッズ',
      data: { price: 2_200, currency: 'JPY', description: '今治製、メンバーカラー' },
    },
    {
      type: 'link',
      title: 'ファンクラブ「しとらす倶楽部」',
      url: 'https://fc.citrus.example',
      in: '通販・グッズ',
      data: { description: '月額550円（税込）・限定ブログ＆チェキ抽選' },
    },
    {
      type: 'text',
      title: 'メディア出演情報',
      data: {
        text: '**11月28日（土）** 19時から FMみかん「夜更かしラジオ」\n\n**12月3日（木）** 雑誌『月刊あいどる通信』1月号 表紙',
      },
    },
    {
      type: 'form',
      title: 'お仕事のご依頼',
      data: { fields: [{ field: 'name' }, { field: 'email' }, { field: 'message' }], button: '送信する' },
    },
  ],
};

import { drawDish, drawEmblem } from '../drawings.ts';
import type { ExamplePage } from '../types.ts';

const DAYS = ['saturday', 'sunday', 'monday', 'tuesday', 'wednesday', 'thursday'] as const;

export const bakery: ExamplePage = {
  handle: 'sanabel',
  files: {
    logo: {
      purpose: 'avatar',
      name: 'sanabel.jpg',
      draw: () =>
        drawEmblem({
          back: ['#f3d9a4', '#d99f4e'],
          shape: `<path d="M50 84V26" stroke="#6b3d14" stroke-width="4"/><g fill="#6b3d14">${[30, 42, 54, 66].map((y) => `<path d="M50 ${y}q-18-2-20-16 18 0 20 16ZM50 ${y}q18-2 20-16-18 0-20 16Z"/>`).join('')}</g>`,
        }),
    },
    baladi: {
      purpose: 'image',
      name: 'baladi.jpg',
      alt: 'أرغفة عيش بلدي خارجة من الفرن',
      draw: () =>
        drawDish({ table: '#8a6a48', food: ['#d8a45c', '#c48a42', '#e6be80'], seed: 40, kind: 'pieces' }),
    },
    fino: {
      purpose: 'image',
      name: 'fino.jpg',
      alt: 'رغيف فينو على لوح خشب',
      draw: () => drawDish({ table: '#5f4630', food: ['#b8763a', '#efc98a'], seed: 8, kind: 'loaf' }),
    },
    zaatar: {
      purpose: 'image',
      name: 'zaatar.jpg',
      alt: 'مناقيش بالزعتر',
      draw: () =>
        drawDish({ table: '#a98a62', food: ['#8f9a4a', '#c99a55', '#6f7d38'], seed: 77, kind: 'pieces' }),
    },
  },
  page: (file) => ({
    title: 'مخبز السنابل',
    bio: 'خبز طازج كل صباح منذ ١٩٨٧\nشارع الورد، الإسكندرية',
    avatarUrl: file('logo').url,
    language: 'ar-EG',
    theme: { preset: 'meadow', font: 'humanist' },
    seo: { title: 'مخبز السنابل، الإسكندرية', description: 'القائمة والطلب والعنوان' },
  }),
  blocks: (file) => [
    {
      type: 'link',
      title: 'اطلب الآن عبر واتساب',
      url: 'https://wa.me/20300000000',
      pinned: true,
      data: { description: 'التوصيل خلال ٤٥ دقيقة' },
    },
    {
      type: 'hours',
      title: 'مواعيد العمل',
      data: {
        timezone: 'Africa/Cairo',
        week: [
          ...DAYS.map((day) => ({ day, opens: '06:00', closes: '23:00' })),
          { day: 'friday', opens: '14:00', closes: '23:00' },
        ],
      },
    },
    {
      type: 'gallery',
      data: { items: ['baladi', 'fino', 'zaatar'].map((name) => ({ fileId: file(name).id })) },
    },
    {
      type: 'menu',
      title: 'القائمة',
      data: {
        currency: 'EGP',
        sections: [
          {
            title: 'خبز',
            items: [
              { name: 'عيش بلدي', price: 500 },
              { name: 'فينو', price: 800 },
              { name: 'خبز شعير', description: 'بدون سكر', price: 1_500 },
            ],
          },
          {
            title: 'مخبوزات',
            items: [
              { name: 'كرواسون بالزعتر', price: 2_500 },
              { name: 'مناقيش', description: 'زعتر أو جبنة', price: 3_000 },
              { name: 'كيك الشوكولاتة', description: '٥٠٠ جرام', price: 18_000 },
            ],
          },
        ],
      },
    },
    {
      type: 'map',
      title: 'موقعنا',
      data: {
        latitude: 31.2001,
        longitude: 29.9187,
        address: 'شارع الورد، محطة الرمل، الإسكندرية',
        service: 'google',
      },
    },
    { type: 'phone', title: 'اتصل بنا', url: 'tel:+20300000000' },
    {
      type: 'faq',
      title: 'أسئلة شائعة',
      data: {
        items: [
          { question: 'هل توصلون يوم الجمعة؟', answer: 'نعم، بعد **الساعة الثالثة**.' },
          { question: 'هل تقبلون طلبات المناسبات؟', answer: 'قبلها بيومين على الأقل.' },
        ],
      },
    },
    {
      type: 'social',
      data: {
        profiles: [
          { platform: 'facebook', url: 'https://facebook.com/sanabel.example' },
          { platform: 'instagram', url: 'https://instagram.com/sanabel.example' },
          { platform: 'tiktok', url: 'https://tiktok.com/@sanabel.example' },
        ],
      },
    },
  ],
};

import type { BlockType } from '../blocks/schema.ts';
import { DEFAULT_THEME, type Theme } from '../schema.ts';

/** Per workspace, besides the built-in ones. */
export const MAX_TEMPLATES = 50;

type TemplateBlock = { type: BlockType; title?: string; url?: string; data?: Record<string, unknown> };
export type BuiltInTemplate = {
  id: string;
  name: string;
  description: string;
  bio: string;
  theme: Theme;
  blocks: TemplateBlock[];
};

const use = (preset: Theme['preset']): Theme => ({ ...DEFAULT_THEME, preset });
const link = (title: string, description?: string): TemplateBlock => ({
  type: 'link',
  title,
  url: `https://example.com/${title.toLowerCase().replaceAll(/[^a-z]+/g, '-')}`,
  data: { description: description ?? null },
});
const heading = (title: string): TemplateBlock => ({ type: 'heading', title });
const words = (text: string): TemplateBlock => ({ type: 'text', data: { text } });
const profiles = (
  ...platforms: ('instagram' | 'youtube' | 'tiktok' | 'linkedin' | 'github')[]
): TemplateBlock => ({
  type: 'social',
  data: {
    profiles: platforms.map((platform) => ({ platform, url: `https://www.${platform}.com/example` })),
  },
});
const mail = (title: string): TemplateBlock => ({ type: 'email', title, url: 'mailto:hello@example.com' });
const phone = (title: string): TemplateBlock => ({ type: 'phone', title, url: 'tel:+442079460123' });

/** Examples of words and links, for people to replace. */
export const BUILT_IN_TEMPLATES: readonly BuiltInTemplate[] = [
  {
    id: 'musician',
    name: 'Musician',
    description: 'A release, dates and shops',
    bio: 'Songs for late evenings',
    theme: use('midnight'),
    blocks: [
      profiles('instagram', 'youtube', 'tiktok'),
      link('New single', 'Out now everywhere'),
      heading('Live'),
      link('Tour dates'),
      link('Tickets'),
      heading('More'),
      link('Shop'),
      mail('Booking'),
    ],
  },
  {
    id: 'restaurant',
    name: 'Restaurant',
    description: 'Menu, table and way there',
    bio: 'Seasonal food, open from Tuesday to Sunday',
    theme: use('paper'),
    blocks: [
      link('Menu'),
      link('Book a table'),
      link('How to find us'),
      heading('Opening hours'),
      words('Tuesday to Saturday from 17:00 to 23:00, Sunday from 12:00 to 21:00'),
      phone('Call us'),
      profiles('instagram'),
    ],
  },
  {
    id: 'creator',
    name: 'Creator',
    description: 'Videos, newsletter and support',
    bio: 'Videos about small things made well',
    theme: use('sunset'),
    blocks: [
      profiles('youtube', 'tiktok', 'instagram'),
      link('Latest video'),
      link('Newsletter', 'One letter every month'),
      link('Support my work'),
      mail('For brands'),
    ],
  },
  {
    id: 'charity',
    name: 'Charity',
    description: 'Donate, help and read',
    bio: 'We plant trees in cities',
    theme: use('meadow'),
    blocks: [
      link('Donate'),
      link('Become a volunteer'),
      heading('Our work'),
      link('Annual report'),
      link('Projects'),
      mail('Write to us'),
    ],
  },
  {
    id: 'job-seeker',
    name: 'Job seeker',
    description: 'CV, work and contact',
    bio: 'Product designer, open to new roles',
    theme: use('mono'),
    blocks: [
      link('Curriculum vitae'),
      link('Portfolio'),
      heading('Selected work'),
      link('Case study'),
      profiles('linkedin', 'github'),
      mail('Write to me'),
      phone('Call me'),
    ],
  },
  {
    id: 'shop',
    name: 'Shop',
    description: 'Products, delivery and help',
    bio: 'Ceramics, made by hand',
    theme: use('default'),
    blocks: [
      link('New in the shop'),
      link('Bestsellers'),
      link('Gift cards'),
      heading('Help'),
      link('Delivery and returns'),
      mail('Ask us'),
      profiles('instagram'),
    ],
  },
];

import { bakery } from './pages/bakery.ts';
import { charity } from './pages/charity.ts';
import { idol } from './pages/idol.ts';
import { jobSeeker } from './pages/job-seeker.ts';
import { musician } from './pages/musician.ts';
import { photographer } from './pages/photographer.ts';
import { podcaster } from './pages/podcaster.ts';
import { restaurant } from './pages/restaurant.ts';
import { shop } from './pages/shop.ts';
import { streamer } from './pages/streamer.ts';
import type { ExamplePage } from './types.ts';

/** By the names of their pictures in docs/pages. */
export const EXAMPLE_PAGES: Record<string, ExamplePage> = {
  musician,
  restaurant,
  streamer,
  charity,
  'job-seeker': jobSeeker,
  photographer,
  podcaster,
  shop,
  bakery,
  idol,
};

import { videoView } from '../video/content.ts';
import { galleryView } from '../gallery/content.ts';
import { fileView } from '../file/content.ts';
import { audioView } from '../audio/content.ts';
import { countdownView } from '../countdown/content.ts';
import { embedView } from '../embed/content.ts';
import { eventView } from '../event/content.ts';
import { faqView } from '../faq/content.ts';
import { formView } from '../form/content.ts';
import { hoursView } from '../hours/content.ts';
import { imageView } from '../image/content.ts';
import { mapView } from '../map/content.ts';
import { musicView } from '../music/content.ts';
import { referralView } from '../referral/content.ts';
import { socialView } from '../social/content.ts';
import { supportView } from '../support/content.ts';
import { textView } from '../text/content.ts';

/** Types of which visitors get something else than the stored `data`. */
export const BLOCK_VIEWS = {
  text: textView,
  image: imageView,
  embed: embedView,
  social: socialView,
  faq: faqView,
  map: mapView,
  countdown: countdownView,
  hours: hoursView,
  music: musicView,
  event: eventView,
  support: supportView,
  form: formView,
  gallery: galleryView,
  video: videoView,
  audio: audioView,
  file: fileView,
  referral: referralView,
};

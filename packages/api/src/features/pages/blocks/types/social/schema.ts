import { z } from 'zod';
import type { MemberError } from '../../../../../core/errors.ts';
import { isPlatformUrl, MAX_PROFILES, PLATFORM_HOSTS } from '../../../policy.ts';
import {
  createRequiredError,
  defineBlock,
  encodeUrl,
  listUrlErrors,
  webLink,
} from '../../definition/schema.ts';

export const SOCIAL_PLATFORMS = [
  'apple-music',
  'apple-podcasts',
  'bandcamp',
  'behance',
  'bluesky',
  'discord',
  'dribbble',
  'etsy',
  'facebook',
  'github',
  'instagram',
  'kick',
  'ko-fi',
  'line',
  'linkedin',
  'mastodon',
  'medium',
  'patreon',
  'pinterest',
  'reddit',
  'snapchat',
  'soundcloud',
  'spotify',
  'substack',
  'telegram',
  'threads',
  'tiktok',
  'twitch',
  'whatsapp',
  'x',
  'youtube',
  'website',
] as const;
export type Platform = (typeof SOCIAL_PLATFORMS)[number];
export const socialPlatform = z.enum(SOCIAL_PLATFORMS).meta({ id: 'SocialPlatform' });

const socialProfile = z
  .strictObject({ platform: socialPlatform, url: webLink })
  .meta({ id: 'SocialProfile' });

function listProfileErrors(
  path: string,
  { platform, url }: { platform: Platform; url: string },
): MemberError[] {
  const errors = listUrlErrors(path, 'link', url);
  if (errors.length > 0 || isPlatformUrl(platform, url)) return errors;
  const hosts = PLATFORM_HOSTS[platform]?.join(' or ');
  return [{ path, message: `Enter a link to ${hosts}, or choose "website"`, code: 'wrong_host' }];
}

export const socialBlock = defineBlock({
  url: 'optional',
  use: 'link',
  urlDescription: 'A single profile, if `data.profiles` is empty',
  buildData: () => z.strictObject({ profiles: z.array(socialProfile).max(MAX_PROFILES).default([]) }),
  listErrors: ({ profiles }, { url }) =>
    profiles.length === 0 && url === null
      ? [createRequiredError('data.profiles')]
      : profiles.flatMap((profile, index) => listProfileErrors(`data.profiles.${index}.url`, profile)),
  encodeUrls: ({ profiles }) => ({
    profiles: profiles.map(({ platform, url }) => ({ platform, url: encodeUrl('link', url) })),
  }),
});

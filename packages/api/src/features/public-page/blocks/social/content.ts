import { z } from 'zod';
import { type Platform, socialPlatform } from '../../../pages/blocks/schema.ts';
import { href } from '../view/schema.ts';
import { checkStoredUrl, defineView, type RowOf } from '../view/content.ts';

function listProfiles({ data, url }: RowOf<'social'>): { platform: Platform; url: string }[] {
  const profiles = [...data.profiles, ...(url === null ? [] : [{ platform: 'website' as const, url }])];
  return profiles.flatMap((profile) => {
    const checked = checkStoredUrl('link', profile.url);
    return checked === null ? [] : [{ platform: profile.platform, url: checked }];
  });
}

export const socialView = defineView<'social'>()({
  data: z.object({
    profiles: z.array(
      z.object({ platform: socialPlatform, url: z.string(), href }).meta({ id: 'PublicSocialProfile' }),
    ),
  }),
  toData: (row, { createHref }) => ({
    profiles: listProfiles(row).map((profile, index) => ({
      ...profile,
      href: createHref(profile.url, index),
    })),
  }),
  findTarget: (row, index = 0) => listProfiles(row)[index]?.url ?? null,
});

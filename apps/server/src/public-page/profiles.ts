import type { PublicBlock } from '@linkgrove/api';

/** Not those of suspicious hosts, for which this page must not vouch. */
export const listTrustedProfiles = ({ data, suspicious }: PublicBlock): { url: string }[] =>
  data && 'profiles' in data && !suspicious ? data.profiles : [];

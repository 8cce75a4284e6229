import type { ReferralSource } from '@linkgrove/db';
import type { UtmParameters } from '../visits/schema.ts';

export type RejectionReason = 'own_address' | 'own_device';

export type CodeRefusal = 'unknown' | 'expired' | 'self' | 'used_up' | 'replayed';

export type NewReferral = {
  id: string;
  utm: UtmParameters | null;
  isVisited: boolean;
  source: ReferralSource;
  /** Was a page of the link's owner when the link was followed there. */
  pageId: string | null;
};

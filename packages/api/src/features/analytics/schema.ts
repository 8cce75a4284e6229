export const EXCLUSIONS = ['bots', 'owner', 'repeats', 'dropped'] as const;
export type Exclusion = (typeof EXCLUSIONS)[number];

/** The columns by which events can be grouped and filtered. */
export type Source = {
  referrer: string | null;
  utmSource: string | null;
  utmMedium: string | null;
  utmCampaign: string | null;
  via: string | null;
};

export type Dimensions = Source & {
  country: string | null;
  region: string | null;
  device: string | null;
  browser: string | null;
  os: string | null;
  language: string | null;
};

export type AnalyticsEvent = Dimensions & {
  /** Milliseconds since 1970. */
  at: number;
  pageId: string;
  blockId: string | null;
  /** 16 hexadecimal digits. */
  visitor: string | null;
};

/** Excluded events of one page or block in one quarter of an hour. */
export type Tally = {
  at: number;
  pageId: string;
  blockId: string | null;
  excluded: Exclusion;
  count: number;
};

/** `visitor` has 32 hexadecimal digits. */
export type LinkVisit = {
  at: number;
  linkId: string;
  ownerId: string;
  visitor: string;
  isCounted: boolean;
};

export type Batch = { id: string; events: AnalyticsEvent[]; tallies: Tally[]; visits: LinkVisit[] };

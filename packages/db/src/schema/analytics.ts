import type { Generated, JSONColumnType } from 'kysely';

export type AnalyticsEventsTable = {
  at: Date;
  page_id: string;
  /** Null for a view of the page. */
  block_id: string | null;
  /** Null for visitors who asked not to be tracked, and for excluded events. */
  visitor: Buffer | null;
  excluded: 'bots' | 'owner' | 'repeats' | 'dropped' | null;
  count: Generated<number>;
  referrer: string | null;
  country: string | null;
  region: string | null;
  device: string | null;
  browser: string | null;
  os: string | null;
  language: string | null;
  utm_source: string | null;
  utm_medium: string | null;
  utm_campaign: string | null;
  via: string | null;
};

export type AnalyticsVisitorsTable = { day: string; page_id: string; visitor: Buffer };

export type AnalyticsSlotsTable = {
  page_id: string;
  /** Start of a quarter of an hour. */
  slot: Date;
  views: number;
  clicks: number;
  /** Visitors whose first event of the UTC day is in this slot. */
  visitors: number;
  bots: number;
  owner: number;
  repeats: number;
  dropped: number;
};

/** Events of a page between two slots, in order of time, by column. Each code is a place in a list of `names`. */
export type AnalyticsSegmentsTable = {
  page_id: string;
  from_at: Date;
  to_at: Date;
  events: number;
  names: JSONColumnType<Record<string, object>>;
  /** Numbers of the quarters of an hour since the month began, two bytes each. */
  slots: Buffer;
  /** Eight bytes for each visitor of each UTC day. */
  visitors: Buffer;
  /** Places in `visitors`, from 1; 0 for none. Like all codes of none, one, two or four bytes each. */
  visitor: Buffer;
  block: Buffer;
  referrer: Buffer;
  country: Buffer;
  region: Buffer;
  device: Buffer;
  browser: Buffer;
  os: Buffer;
  language: Buffer;
  utm_source: Buffer;
  utm_medium: Buffer;
  utm_campaign: Buffer;
  via: Buffer;
};

export type AnalyticsMonthsTable = {
  page_id: string;
  month: string;
  /** Numbers of the quarters of an hour since the month began; the other arrays are parallel. */
  slots: number[];
  views: number[];
  clicks: number[];
  visitors: number[];
  bots: number[];
  owner: number[];
  repeats: number[];
  dropped: number[];
  dimensions: JSONColumnType<Record<string, object>>;
};

export type AnalyticsBlocksTable = { block_id: string; page_id: string; title: string | null };

export type AnalyticsSettingsTable = {
  page_id: string;
  reset_at: Date | null;
  is_public: Generated<boolean>;
};

export type AnalyticsBatchesTable = { id: string; events: number; written_at: Generated<Date> };

export type AnalyticsErasuresTable = { page_id: string; erased_at: Date | null };

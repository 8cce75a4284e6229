import type { Credentials } from '../context.ts';

/** Which title of a test of two a visitor saw. */
export type ShownTitle = { blockId: string; testId: string; variant: 'a' | 'b' };

/** The `utm_` parameters of a visit to a referral link that are counted; empty if missing. */
export type VisitUtm = { source: string; medium: string; campaign: string };

/** Where a referral link was found, unless a visitor was given it. */
export type LinkOrigin = { source: 'page'; pageId: string; workspaceId: string } | { source: 'qr' };

export type CaptureSubject =
  | { kind: 'view'; pageId: string; workspaceId: string; titles?: ShownTitle[] }
  | { kind: 'click'; pageId: string; workspaceId: string; blockId: string; titles?: ShownTitle[] }
  /** A visit to a referral link. An uncounted one only makes the next visit within the hour a repeat. */
  | {
      kind: 'visit';
      linkId: string;
      ownerId: string;
      isCounted: boolean;
      isMissed: boolean;
      origin?: LinkOrigin | undefined;
      utm?: VisitUtm | undefined;
    };

/** Parts that a frontend of one's own sends, because the headers of its request are about itself. */
export type GivenSource = {
  referrer?: string | undefined;
  utmSource?: string | undefined;
  utmMedium?: string | undefined;
  utmCampaign?: string | undefined;
  via?: string | undefined;
};

export type Capture = CapturedRequest & { subject: CaptureSubject };

/** A request that may count. Its address and credentials stay in memory and are dropped within a second. */
export type CapturedRequest = {
  /** Milliseconds since 1970. */
  at: number;
  method: string;
  ip: string;
  headers: Record<string, string | string[] | undefined>;
  query: unknown;
  /** From headers of a trusted proxy. */
  country: string | undefined;
  region: string | undefined;
  credentials: Credentials | undefined;
  /** Given by a script that reports a view or click; the address was not opened here. */
  given?: GivenSource | undefined;
};

/** The facts about a visitor that decide which content a public page shows. */
export type Visitor = {
  ip: string;
  headers: CapturedRequest['headers'];
  /** From a header of a trusted proxy. */
  country: string | undefined;
  /** Finds the token of a page that was unlocked in this browser. */
  findUnlockToken: (pageId: string) => string | undefined;
};

export type Recorder = {
  /** Returns at once and never throws. */
  push: (capture: Capture) => void;
  /** Writes what this process has captured so far. Never throws; what cannot be written now stays buffered. */
  settle: () => Promise<void>;
  /** The same, but only if there are visits to referral links. */
  settleVisits: () => Promise<void>;
  /** Writes everything, then stops. */
  close: () => Promise<void>;
};

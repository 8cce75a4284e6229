/** The one that was not used for longest goes. */
export const MAX_ORIGINS_PER_USER = 50;
export const ORIGIN_RETENTION_DAYS = 365;
export const ORIGIN_USE_INTERVAL_HOURS = 24;
/** Between two mails to one user. */
export const NEW_DEVICE_MAIL_MINUTES = 60;

/** Tells whether a sign-in resembles the user's earlier ones. */
export type OriginMatch = {
  /** Without any there is nothing that it could differ from. */
  hasEarlier: boolean;
  sameOrigin: boolean;
  sameBrowser: boolean;
  sameNetwork: boolean;
  /** The cookie of the browser itself. */
  sameDevice: boolean;
};

/** Its kind of browser was seen, and either this very browser or its network. */
export const isFamiliar = ({ hasEarlier, sameBrowser, sameNetwork, sameDevice }: OriginMatch): boolean =>
  !hasEarlier || (sameBrowser && (sameNetwork || sameDevice));

/** A sign-up whose address is not verified by then gives its place under `maxUses` back. */
export const UNVERIFIED_PLACE_DAYS = 7;

/** That one user owns, those in the trash included. */
export const MAX_OWNED_TEAMS = 10;

export const MAX_MEMBERS = 100;

/** Open ones of a workspace. */
export const MAX_INVITATIONS = 50;

export const INVITATION_DAYS = 7;

export const WORKSPACE_TRASH_DAYS = 30;

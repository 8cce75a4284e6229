/** Who is calling: a live session of an existing user. */
export type Principal = { userId: string; sessionId: string };

/** What a frontend needs first: sign up and in, add a link, publish, read the public page, list referrals. */
export type Job = (given: {
  url: string;
  username: string;
  /** Returns the token of the mail that verifies the address. */
  readToken: (email: string) => Promise<string>;
}) => Promise<{
  published: boolean;
  titles: (string | null)[];
  referrals: number;
  refusal: string | undefined;
}>;

export const PASSWORD = 'correct-horse-battery';
export const emailOf = (username: string): string => `${username}@example.com`;

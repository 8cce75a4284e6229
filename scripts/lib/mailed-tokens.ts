import { setTimeout as sleep } from 'node:timers/promises';

const TRIES = 100;

/** Reads the token of the verification mail from the mailbox of a development server. */
export const createTokenReader =
  (server: string) =>
  async (email: string): Promise<string> => {
    for (let tries = 0; tries < TRIES; tries++) {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- an answer of the server that this script starts
      const mails = (await (await fetch(`${server}/dev/mail.json`)).json()) as { to: string; text: string }[];
      const text = mails.find(({ to }) => to.includes(email))?.text ?? '';
      const [, token] = /verify-email\?token=([\w.~-]+)/.exec(text) ?? [];
      if (token) return token;
      await sleep(100);
    }
    throw new Error(`No verification mail to ${email}`);
  };

import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A mail kept instead of sent, for development. */
export type CapturedMail = {
  id: string;
  to: string;
  subject: string;
  text: string;
  html: string;
  sentAt: string;
};

const folderOf = (dataDir: string) => join(dataDir, 'mail');

/** Keeps a mail under `DATA_DIR`; a second time with the same id replaces the first. */
export async function captureMail(dataDir: string, mail: CapturedMail): Promise<void> {
  const folder = folderOf(dataDir);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, `${mail.id}.json`);
  // Readers never see half a file.
  await writeFile(`${file}.tmp`, JSON.stringify(mail), { mode: 0o600 });
  await rename(`${file}.tmp`, file);
}

/** All kept mails, newest first. */
export async function listCapturedMail(dataDir: string): Promise<CapturedMail[]> {
  const names = await readdir(folderOf(dataDir)).catch(() => []);
  const files = names.filter((name) => name.endsWith('.json'));
  const mails = await Promise.all(files.map((name) => readFile(join(folderOf(dataDir), name), 'utf8')));
  return (
    mails
      .map((text) => JSON.parse(text) as CapturedMail)
      // By id, which is ordered by when a mail was asked for: two may be sent the other way round.
      .toSorted((a, b) => b.id.localeCompare(a.id))
  );
}

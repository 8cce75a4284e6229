import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

const capturedMail = z.object({
  id: z.string(),
  to: z.string(),
  subject: z.string(),
  text: z.string(),
  html: z.string(),
  sentAt: z.string(),
});
export type CapturedMail = z.infer<typeof capturedMail>;

const mailFolder = (dataDir: string) => join(dataDir, 'mail');

export async function captureMail(dataDir: string, mail: CapturedMail): Promise<void> {
  const folder = mailFolder(dataDir);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, `${mail.id}.json`);
  // A rename is atomic: readers never see half a file.
  await writeFile(`${file}.tmp`, JSON.stringify(mail), { mode: 0o600 });
  await rename(`${file}.tmp`, file);
}

export async function listCapturedMail(dataDir: string): Promise<CapturedMail[]> {
  const names = await readdir(mailFolder(dataDir)).catch(() => []);
  const files = names.filter((name) => name.endsWith('.json'));
  const mails = await Promise.all(files.map((name) => readFile(join(mailFolder(dataDir), name), 'utf8')));
  return mails
    .map((text) => capturedMail.parse(JSON.parse(text)))
    .toSorted((a, b) => b.id.localeCompare(a.id));
}

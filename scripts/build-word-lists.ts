/**
 * Builds packages/api/src/core/crypto/word-lists.bin from the word lists of zxcvbn. Run with
 * `node scripts/build-word-lists.ts` after an update of @zxcvbn-ts/language-common or @zxcvbn-ts/language-en.
 */
import { writeFile } from 'node:fs/promises';
import { buildWordTable, readZxcvbnLists } from '../packages/api/src/testing/word-lists.ts';

const FILE = new URL('../packages/api/src/core/crypto/word-lists.bin', import.meta.url);

const table = buildWordTable(readZxcvbnLists());
await writeFile(FILE, new Uint8Array(table.buffer));
console.log(`${table.byteLength} bytes`);

import { openDatabase } from '@linkgrove/db';
import { parseConfig } from '../core/config/config.ts';
import { requireRightPepper } from '../core/crypto/pepper.ts';
import { createSecretBox } from '../core/crypto/secret-box.ts';
import { loadDevelopmentSecrets } from '../core/development/secrets.ts';
import { countWaitingHashes, finishPepperRotation } from '../features/admin/peppers/service.ts';
import { requireDatabaseUrl } from './database-url.ts';

// pepper [--finish]   tells how many password hashes wait for the first pepper; or lets the others go
async function runPepper([flag]: string[]): Promise<string> {
  if (flag !== undefined && flag !== '--finish') throw new Error('Usage: pepper [--finish]');
  const { passwordPeppers: peppers } = parseConfig(loadDevelopmentSecrets(process.env));
  const { db, close } = openDatabase({ url: await requireDatabaseUrl(process.env) });
  try {
    await requireRightPepper(db, peppers);
    const { waiting, all } = await countWaitingHashes({ db }, peppers);
    const count = `${waiting} of ${all} password hashes wait for the next sign-in of their user`;
    if (flag === undefined) return count;
    const resealed = await finishPepperRotation({ db, secretBox: createSecretBox(...peppers) }, peppers);
    return `${resealed} secrets were sealed with the first pepper; the others can go. ${count}; without the others, these users need a reset`;
  } finally {
    await close();
  }
}

try {
  console.log(await runPepper(process.argv.slice(2)));
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}

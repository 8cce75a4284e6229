import { openDatabase } from '@linkgrove/db';
import { createLogger } from '../core/observability/logger.ts';
import { changeUserRole } from '../features/admin/roles/service.ts';
import { requireDatabaseUrl } from './database-url.ts';

// promote NAME [--demote]   NAME is an email address, a username or an id
async function promote([name, flag]: string[]): Promise<string> {
  if (!name || (flag !== undefined && flag !== '--demote')) throw new Error('Usage: promote NAME [--demote]');
  const role = flag === '--demote' ? 'user' : 'admin';
  const { db, close } = openDatabase({ url: await requireDatabaseUrl(process.env) });
  const logger = createLogger({ level: 'silent', name: 'promote' });
  try {
    const { username } = await changeUserRole({ db, logger }, name, role);
    return `${username} is now ${role === 'admin' ? 'an administrator' : 'an ordinary user'}`;
  } finally {
    await close();
  }
}

try {
  console.log(await promote(process.argv.slice(2)));
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}

import { openDatabase } from '@linkgrove/db';
import { findEmbeddedUrl } from '@linkgrove/db/embedded';
import { createLogger } from '../core/observability/logger.ts';
import { changeUserRole } from '../features/admin/service.ts';

// promote NAME            makes a user an administrator; NAME is an address, a username or an id
// promote NAME --demote   makes them an ordinary user again
const [name, flag] = process.argv.slice(2);

const fail = (message: string): never => {
  console.error(message);
  process.exit(1);
};

if (!name || (flag !== undefined && flag !== '--demote')) fail('Usage: promote NAME [--demote]');
const url = process.env['DATABASE_URL'] || (await findEmbeddedUrl(process.env['DATA_DIR'] || '.data'));
if (!url) fail('DATABASE_URL is required, or an embedded database that runs');

const { db, close } = openDatabase({ url: String(url) });
const logger = createLogger({ level: 'silent', name: 'promote' });
try {
  const account = await changeUserRole({ db, logger }, String(name), flag === '--demote' ? 'user' : 'admin');
  console.log(`${account.username} is ${flag === '--demote' ? 'an ordinary user' : 'an administrator'} now`);
} catch (error) {
  fail(error instanceof Error ? error.message : String(error));
} finally {
  await close();
}

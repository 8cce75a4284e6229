import { findEmbeddedUrl } from '@linkgrove/db/embedded';

export async function requireDatabaseUrl(env: NodeJS.ProcessEnv): Promise<string> {
  const url = env['DATABASE_URL'] || (await findEmbeddedUrl(env['DATA_DIR'] || '.data'));
  if (url) return url;
  throw new Error('Set DATABASE_URL, or start the embedded database with `npm start`');
}

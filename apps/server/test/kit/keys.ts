import { createHash } from 'node:crypto';
import { type App, generateId } from '@linkgrove/api';
import type { Scope } from '@linkgrove/api/access';
import { generateApiKey } from '@linkgrove/api/testing';
import { sql } from 'kysely';
import type { SignedUp } from './people.ts';

/** Stores a key in the database only, without mail and budget. Returns the key itself and its ID. */
export async function storeKey(
  { app }: { app: Pick<App, 'db'> },
  { user }: SignedUp,
  { workspaceId = user.id, scopes }: { workspaceId?: string; scopes: readonly Scope[] },
): Promise<{ id: string; key: string; token: string }> {
  const [id, key] = [generateId(), generateApiKey()];
  await sql`
    insert into api_keys (id, workspace_id, created_by, name, start, hash, scopes)
    values (${id}, ${workspaceId}, ${user.id}, 'A test', ${key.slice(0, 14)},
      ${createHash('sha256').update(key).digest()}, ${[...scopes]}::text[])`.execute(app.db);
  return { id, key, token: key };
}

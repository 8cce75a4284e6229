import { type Db, deleteExpiredRows, type Trx } from '@linkgrove/db';
import { sql } from 'kysely';

const now = sql<Date>`now()`;

export type TrustedDevice = { userId: string; deviceHash: Buffer };

export async function insertTrustedDevice(
  trx: Trx,
  device: TrustedDevice & { id: string; userAgent: string | null },
  days: number,
): Promise<void> {
  const expires_at = sql<Date>`now() + make_interval(days => ${days})`;
  const { id, userId: user_id, deviceHash: device_hash, userAgent: user_agent } = device;
  await trx
    .insertInto('trusted_devices')
    .values({ id, user_id, device_hash, user_agent, expires_at })
    .onConflict((conflict) =>
      conflict.constraint('trusted_devices_key').doUpdateSet({ id, user_agent, created_at: now, expires_at }),
    )
    .execute();
}

export async function hasTrustedDevice(db: Db, { userId, deviceHash }: TrustedDevice): Promise<boolean> {
  const device = await db
    .selectFrom('trusted_devices')
    .select('id')
    .where('user_id', '=', userId)
    .where('device_hash', '=', deviceHash)
    .where('expires_at', '>', now)
    .executeTakeFirst();
  return device !== undefined;
}

export async function listTrustedDeviceRows(db: Db, userId: string) {
  return db
    .selectFrom('trusted_devices')
    .select(['id', 'device_hash as deviceHash', 'user_agent as userAgent', 'created_at as createdAt'])
    .select('expires_at as expiresAt')
    .where('user_id', '=', userId)
    .where('expires_at', '>', now)
    .orderBy('id', 'desc')
    .execute();
}

export async function deleteTrustedDevice(db: Db, userId: string, id: string): Promise<boolean> {
  const result = await db
    .deleteFrom('trusted_devices')
    .where('user_id', '=', userId)
    .where('id', '=', id)
    .executeTakeFirst();
  return result.numDeletedRows > 0n;
}

/** So that nobody's list grows without end. */
export async function deleteOldestTrustedDevices(trx: Trx, userId: string, keep: number): Promise<void> {
  await sql`
    delete from trusted_devices where id in (
      select id from trusted_devices where user_id = ${userId} order by id desc offset ${keep}
    )`.execute(trx);
}

export async function deleteTrustedDevices(db: Db, userId: string): Promise<void> {
  await db.deleteFrom('trusted_devices').where('user_id', '=', userId).execute();
}

export async function deleteTrustOfDevice(trx: Trx, userId: string, deviceHash: Buffer): Promise<void> {
  await trx
    .deleteFrom('trusted_devices')
    .where('user_id', '=', userId)
    .where('device_hash', '=', deviceHash)
    .execute();
}

export const deleteExpiredTrustedDevices = (db: Db): Promise<void> =>
  deleteExpiredRows(db, { table: 'trusted_devices', by: sql`expires_at`, before: now });

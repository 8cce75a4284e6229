import { daysAgoPart, type Db, deleteExpiredRows, type Trx } from '@linkgrove/db';
import { sql } from 'kysely';

export async function deleteDevice(trx: Trx, userId: string, deviceHash: Buffer): Promise<void> {
  await trx
    .deleteFrom('user_devices')
    .where('user_id', '=', userId)
    .where('device_hash', '=', deviceHash)
    .execute();
}

export async function hasDevice(db: Db, deviceHash: Buffer, days: number): Promise<boolean> {
  const device = await db
    .selectFrom('user_devices')
    .select('device_hash')
    .where('device_hash', '=', deviceHash)
    .where('last_seen_at', '>', sql<Date>`now() - make_interval(days => ${days})`)
    .executeTakeFirst();
  return device !== undefined;
}

export const deleteUnusedDevices = (db: Db, days: number): Promise<void> =>
  deleteExpiredRows(db, { table: 'user_devices', by: sql`last_seen_at`, before: daysAgoPart(days) });

/** With `remember` the keyed hashes become tombstones. */
export async function deleteDevicesByUser(db: Db, userId: string, remember: boolean): Promise<void> {
  await sql`
    with gone as (delete from user_devices where user_id = ${userId} returning device_hash)
    insert into device_tombstones (device_hash) select device_hash from gone where ${remember}::boolean
    on conflict (device_hash) do update set created_at = now()`.execute(db);
}

export const deleteOldDeviceTombstones = (db: Db, days: number): Promise<void> =>
  deleteExpiredRows(db, { table: 'device_tombstones', by: sql`created_at`, before: daysAgoPart(days) });

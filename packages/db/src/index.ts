export { openDatabase, type DatabaseOptions, type Db, type OpenDatabase, type Trx } from './client.ts';
export { isCheckViolation, isDatabaseUnavailable, isUniqueViolation } from './errors.ts';
export { daysAgoPart, deleteExpiredRows, type Expired, secondsAgoPart } from './expired.ts';
export { releaseLease, type Lease, takeLease } from './lease.ts';
export { listMissingMigrations, migrateToLatest, SCHEMA_VERSION } from './migrate.ts';
export { type Notifications, openNotifications } from './notifications.ts';
export { decodeCursor, encodeCursor, type Paginated, toPaginated } from './pagination.ts';
export type {
  CampaignAudience,
  CapPeriod,
  Database,
  EmailTokenPurpose,
  HandleState,
  ReferralSource,
  ReferralStatus,
  RewardItemKind,
} from './schema.ts';
export { preparedMark, prepareQuery } from './prepared.ts';
export {
  createStatement,
  emptyInsertPart,
  type InsertPart,
  insertPart,
  isoTimePart,
  type SqlPart,
  sqlPart,
} from './sql-parts.ts';
export { type DbContext, onCommit, withTransaction } from './transaction.ts';
export {
  shownBlocksSubquery,
  shownJsonPart,
  shownMadeWithPart,
  shownTextPart,
  shownTimePart,
  shownTitlePart,
} from './live-content.ts';
export { takedownJsonPart } from './takedowns.ts';

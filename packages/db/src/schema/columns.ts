import type { ColumnType } from 'kysely';

/** Set by the database on insert. */
export type CreatedAt = ColumnType<Date, never, never>;

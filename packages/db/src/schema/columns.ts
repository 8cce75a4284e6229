import type { ColumnType } from 'kysely';

/** When the row was made; the database says it. */
export type CreatedAt = ColumnType<Date, never, never>;

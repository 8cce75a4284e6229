/** `from` and `to` are UTC days, such as `2026-11-01`; `to` is excluded. */
export type Partition = { name: string; from: string; to: string };

export type PartitionedTable = {
  table: 'analytics_events' | 'analytics_visitors';
  unit: 'month' | 'day';
  /** Partitions that exist ahead of time. */
  ahead: number;
};

export const EVENT_PARTITIONS: PartitionedTable = { table: 'analytics_events', unit: 'month', ahead: 2 };
export const VISITORS: PartitionedTable = { table: 'analytics_visitors', unit: 'day', ahead: 7 };

const toDay = (at: number) => new Date(at).toISOString().slice(0, 10);

function findPartition(
  { table, unit }: PartitionedTable,
  year: number,
  month: number,
  day: number,
): Partition {
  const isMonth = unit === 'month';
  const from = toDay(Date.UTC(year, month, isMonth ? 1 : day));
  const to = toDay(isMonth ? Date.UTC(year, month + 1, 1) : Date.UTC(year, month, day + 1));
  return { name: `${table}_${from.slice(0, isMonth ? 7 : 10).replaceAll('-', '')}`, from, to };
}

/** The present one and those ahead. */
export function listWantedPartitions(table: PartitionedTable, now: number): Partition[] {
  const date = new Date(now);
  const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()];
  return Array.from({ length: table.ahead + 1 }, (_, index) =>
    table.unit === 'month'
      ? findPartition(table, year, month + index, 1)
      : findPartition(table, year, month, day + index),
  );
}

export function findPartitionOf(table: PartitionedTable, day: string): Partition {
  const [year, month, date] = day.split('-').map(Number);
  return findPartition(table, year ?? 0, (month ?? 1) - 1, date ?? 1);
}

/** Undefined for the default partition. */
export function parsePartition(table: PartitionedTable, name: string): Partition | undefined {
  const [, year, month, day = '01'] = /_(\d{4})(\d{2})(\d{2})?$/.exec(name) ?? [];
  return year && month ? findPartition(table, Number(year), Number(month) - 1, Number(day)) : undefined;
}

import type { RawBuilder } from 'kysely';

/** Two values that the database stores or derives independently and that must agree. */
export type DoctorCheck = {
  name: string;
  of: string;
  fields: string[];
  /** Selects `id` and the arrays `expected` and `found` of every compared row. */
  rows: RawBuilder<unknown>;
};

export type Difference = { id: string; field: string; expected: string | null; found: string | null };

export type DoctorFinding = {
  name: string;
  of: string;
  compared: number;
  differing: number;
  differences: Difference[];
  milliseconds: number;
};

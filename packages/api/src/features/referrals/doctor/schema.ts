import type { RawBuilder } from 'kysely';

/** Two values that the database stores or derives independently and that must agree. */
export type DoctorCheck = {
  name: string;
  /** What each compared row describes, such as `link`. */
  of: string;
  /** Names of the elements of `expected` and `found`, in order. */
  fields: string[];
  /** Selects `id` and the arrays `expected` and `found` of every compared row. */
  rows: RawBuilder<unknown>;
};

/** One field of a row that differs, with both values as text. */
export type Difference = { id: string; field: string; expected: string | null; found: string | null };

/** The result of a check: how many rows were compared, how many differ, and some of the differences. */
export type DoctorFinding = {
  name: string;
  of: string;
  compared: number;
  differing: number;
  differences: Difference[];
  milliseconds: number;
};

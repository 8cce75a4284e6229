import type { RawBuilder } from 'kysely';

/** Something that stands in the database twice, or follows from what does, and so must agree. */
export type DoctorCheck = {
  name: string;
  /** What each row is of, such as `link`. */
  of: string;
  /** What the members of `expected` and `found` are, in their order. */
  fields: string[];
  /** Selects `id`, and the arrays `expected` and `found`, of every row that is compared. */
  rows: RawBuilder<unknown>;
};

/** Both sides of one row in which they differ, as text. */
export type Difference = { id: string; field: string; expected: string | null; found: string | null };

/** What came of one check: how many rows were compared, in how many the sides differ, and some of those. */
export type DoctorFinding = {
  name: string;
  of: string;
  compared: number;
  differing: number;
  differences: Difference[];
  milliseconds: number;
};

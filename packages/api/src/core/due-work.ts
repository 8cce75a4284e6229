const BATCH = 500;
const CONCURRENCY = 8;

/** Works on everything that is due. `work` must leave nothing that it was given due, or it is given it again. */
export async function finishDueWork(
  listDue: (limit: number) => Promise<string[]>,
  work: (id: string) => Promise<void>,
): Promise<void> {
  let due: string[];
  do {
    due = await listDue(BATCH);
    for (let first = 0; first < due.length; first += CONCURRENCY)
      await Promise.all(due.slice(first, first + CONCURRENCY).map(work));
  } while (due.length === BATCH);
}

type Listed<Item> = { items: Item[]; nextCursor: string | null };

type ListProcedure<Input, Item> = {
  query(input: Input, options?: { signal?: AbortSignal }): Promise<Listed<Item>>;
};

/**
 * Yields every item of a list, and fetches the next part when the previous one is used up:
 * `for await (const page of paginate(client.pages.list)) …`
 */
export async function* paginateList<Input extends { cursor?: string | undefined } | undefined | void, Item>(
  procedure: ListProcedure<Input, Item>,
  input?: Omit<NonNullable<Input>, 'cursor'>,
  options: { signal?: AbortSignal } = {},
): AsyncGenerator<Item, void, undefined> {
  let cursor: string | null | undefined;
  do {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the members of `Input` and its own cursor
    const request = { ...input, ...(cursor ? { cursor } : {}) } as Input;
    const { items, nextCursor } = await procedure.query(request, options);
    yield* items;
    cursor = nextCursor;
  } while (cursor);
}

type Listed<Item> = { items: Item[]; nextCursor: string | null };

type Options = { signal?: AbortSignal };

type ListProcedure<Input, Item> = {
  query(input: Input, options?: Options): Promise<Listed<Item>>;
};

type Filter<Input> = Omit<Exclude<Input, undefined | void>, 'cursor'>;

/** A list that needs an input, such as the blocks of a page, needs it here too. */
type Given<Input> = undefined extends Input
  ? [input?: Filter<Input> | undefined, options?: Options]
  : [input: Filter<Input>, options?: Options];

/**
 * Yields every item of a list, and fetches the next part when the previous one is used up:
 * `for await (const page of paginate(client.pages.list)) …`
 */
export async function* paginateList<Input extends { cursor?: string | undefined } | undefined | void, Item>(
  procedure: ListProcedure<Input, Item>,
  ...[input, options = {}]: Given<Input>
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

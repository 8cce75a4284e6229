type DefinedMembers<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** For PATCH: null stays. */
export const pickDefined = <T extends object>(members: T): DefinedMembers<T> =>
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the filter below removes undefined
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as DefinedMembers<T>;

type DefinedMembers<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** The members that have a value, null included: what a PATCH is to change. */
export const pickDefined = <T extends object>(members: T): DefinedMembers<T> =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as DefinedMembers<T>;

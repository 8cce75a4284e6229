export async function printGrowth(_env: object, _entries: number): Promise<void> {}

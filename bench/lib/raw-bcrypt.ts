import { createRequire } from 'node:module';

type Bcrypt = {
  hash: (password: string, cost: number) => Promise<string>;
  compare: (password: string, hash: string) => Promise<boolean>;
};
/** The one that the API uses. */
const bcrypt: Bcrypt = createRequire(import.meta.resolve('@linkgrove/api'))('bcrypt');

// Compares passwords with a hash for as long as it is told, as many at once as it is told, and sends their rate.
type Order = { cost: number; atOnce: number; seconds: number };

async function measureRate({ cost, atOnce, seconds }: Order): Promise<void> {
  const hash = await bcrypt.hash('correct-horse-battery', cost);
  const start = performance.now();
  const until = start + seconds * 1_000;
  let done = 0;
  const compare = async (): Promise<void> => {
    while (performance.now() < until) {
      await bcrypt.compare('correct-horse-battery', hash);
      done += 1;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, compare));
  process.send?.(done / ((performance.now() - start) / 1_000));
}

process.on('message', (order: Order) => void measureRate(order));

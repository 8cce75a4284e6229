// The query adapter of tRPC beside the SDK; consumer.test.ts compiles and runs it at both ends of the SDK's range.
import { type AppRouter, createClient, shouldRetry } from '@linkgrove/sdk';
import { MutationObserver, QueryClient } from '@tanstack/react-query';
import { createTRPCContext, createTRPCOptionsProxy } from '@trpc/tanstack-react-query';

declare const process: { argv: string[] };
const [, , url = ''] = process.argv;

let attempts = 0;
const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      retry: (count, error) => {
        attempts += 1;
        return count < 2 && shouldRetry(error);
      },
    },
  },
});
const client = createClient({ url });
const trpc = createTRPCOptionsProxy<AppRouter>({ client, queryClient });
export const { TRPCProvider, useTRPC } = createTRPCContext<AppRouter>();

const refused: string = await queryClient.fetchQuery(trpc.account.me.queryOptions()).then(
  () => 'not refused',
  (error) => (error instanceof Error ? error.message : ''),
);
const username = `adapter${Date.now()}`;
await new MutationObserver(queryClient, trpc.auth.register.mutationOptions()).mutate({
  email: `${username}@example.com`,
  username,
  password: 'correct-horse-battery',
});
const me = await queryClient.fetchQuery(trpc.account.me.queryOptions());
const pages = await queryClient.fetchQuery(trpc.pages.list.queryOptions());
console.log(JSON.stringify({ refused, attempts, username: me.username, pages: pages.items.length }));

import { defineConfig } from 'orval';

export default defineConfig({
  linkgrove: {
    input: '../../../../openapi.json',
    output: {
      target: './generated/orval/client.ts',
      schemas: './generated/orval/model',
      client: 'fetch',
      override: { mutator: { path: './jobs/send-request.ts', name: 'sendRequest' } },
    },
  },
});

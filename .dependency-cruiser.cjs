// Which folder may import which; docs/adr/0002 says why. A feature imports only those before it in ORDER.
const ORDER = [
  'outbox',
  'mail',
  'security-events',
  'users',
  'rewards',
  'pages',
  'referrals',
  'auth',
  'public-page',
  'account',
  'admin',
];

const FEATURE = '^packages/api/src/features/([^/]+)/';
const TEST = '(\\.test\\.ts$|/testing/|/test/)';
const runtime = { dependencyTypesNot: ['type-only'] };

const rule = (name, from, to) => ({ name, severity: 'error', from, to });

const upward = ORDER.slice(0, -1).map((name, index) =>
  rule(
    `feature-order:${name}`,
    { path: `^packages/api/src/features/${name}/`, pathNot: TEST },
    { path: `^packages/api/src/features/(${ORDER.slice(index + 1).join('|')})/` },
  ),
);

module.exports = {
  forbidden: [
    ...upward,
    rule('no-cycles', {}, { circular: true, viaOnly: runtime }),
    rule('no-unresolvable', {}, { couldNotResolve: true }),
    // Packages: db <- api <- queues <- {server, worker}; the sdk sees the api's types only.
    rule('db-is-a-leaf', { path: '^packages/db/' }, { path: '^(packages/(api|queues|sdk)|apps)/' }),
    rule('api-knows-no-queue', { path: '^packages/api/' }, { path: '^packages/queues/' }),
    rule('packages-never-import-apps', { path: '^packages/', pathNot: TEST }, { path: '^apps/' }),
    rule(
      'apps-are-siblings',
      { path: '^apps/([^/]+)/', pathNot: TEST },
      { path: '^apps/', pathNot: '^apps/$1/' },
    ),
    // The build of the sdk refuses any import of it that is not for types.
    rule(
      'sdk-sees-the-contract-only',
      { path: '^packages/sdk/src/', pathNot: TEST },
      { path: '^(packages/(api|db|queues)|apps)/', pathNot: '^packages/api/src/contract\\.ts$' },
    ),
    rule('apps-use-entry-points', { path: '^apps/' }, { path: '^packages/api/src/(features|core|trpc)/' }),
    // Inside packages/api: core <- trpc <- features <- root.
    rule(
      'core-knows-no-one',
      { path: '^packages/api/src/core/', pathNot: TEST },
      { path: '^packages/api/src/(trpc|features|testing)/' },
    ),
    rule(
      'trpc-knows-no-feature',
      { path: '^packages/api/src/trpc/', pathNot: TEST },
      { path: '^packages/api/src/features/' },
    ),
    // Between features: only another feature's service.ts or schema.ts.
    rule(
      'feature-surface-only',
      { path: FEATURE, pathNot: TEST },
      {
        path: '^packages/api/src/features/[^/]+/',
        pathNot: ['^packages/api/src/features/$1/', '/(service|schema)\\.ts$'],
      },
    ),
    // Inside a feature: router -> service -> queries -> db.
    rule(
      'router-is-thin',
      { path: '/features/.*/router\\.ts$' },
      { path: '(/queries\\.ts$|^packages/db/|node_modules/kysely/)' },
    ),
    rule(
      'queries-know-no-service',
      { path: '/features/.*/queries\\.ts$' },
      { path: '/(service|router|jobs)\\.ts$' },
    ),
    rule(
      'domain-is-transport-free',
      { path: '/features/.*/(service|queries|jobs)\\.ts$' },
      { path: '(^packages/api/src/trpc/|node_modules/(@trpc|fastify|@fastify|bullmq)/)' },
    ),
    rule('bullmq-lives-in-queues', { pathNot: '^packages/queues/' }, { path: 'node_modules/bullmq/' }),
    rule('testing-only-from-tests', { pathNot: `(${TEST}|^scripts/|^bench/)` }, { path: '/testing/' }),
  ],
  options: {
    // TypeScript 7 has no API to parse with.
    parser: 'swc',
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^(packages|apps)/[^/]+/dist/|^packages/sdk/test/consumer/)' },
    // Without these, workspace imports stay unresolved and every rule between packages is silently blind.
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};

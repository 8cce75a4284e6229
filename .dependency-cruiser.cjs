// Which folder may import which; docs/adr/0002 gives the reasons. A feature imports only features before it in ORDER.
const ORDER = [
  'outbox',
  'events',
  'mail',
  'security-events',
  'users',
  'workspaces',
  'idempotency',
  'blocked-hosts',
  'files',
  'rewards',
  'pages',
  'analytics',
  'referrals',
  'campaigns',
  'conversions',
  'auth',
  'keys',
  'webhooks',
  'domains',
  'public-page',
  'forms',
  'moderation',
  'account',
  'admin',
  'doctor',
];

const FEATURES = '^packages/api/src/features/';
const FEATURE = `${FEATURES}([^/]+)/`;

// The file names of a feature; CONTRIBUTING.md explains each. A new kind of file is added in both places.
const IMPORTERS = '(linktree|beacons|linkstack|bookmarks|links)';
const PURE = `(policy|content|ranks|templates|${IMPORTERS})`;
const FILE_NAMES = [
  `${FEATURES}.+/(router|schema|service|queries|jobs|policy|content|ranks)\\.ts$`,
  `${FEATURES}auth/registration/statement\\.ts$`,
  `${FEATURES}mail/((account|pages|rewards|security|workspaces)/)?templates\\.ts$`,
  `${FEATURES}public-page/locales/[\\w-]+\\.ts$`,
  `${FEATURES}pages/transfer/${IMPORTERS}\\.ts$`,
  `${FEATURES}public-page/locales/`,
  `${FEATURES}.*\\.test\\.ts$`,
];

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
    // Packages: db <- api <- queues <- {server, worker}; the sdk uses only the types of the api.
    rule('db-is-a-leaf', { path: '^packages/db/' }, { path: '^(packages/(api|queues|sdk)|apps)/' }),
    rule('api-knows-no-queue', { path: '^packages/api/' }, { path: '^packages/queues/' }),
    rule('packages-never-import-apps', { path: '^packages/', pathNot: TEST }, { path: '^apps/' }),
    rule(
      'apps-are-siblings',
      { path: '^apps/([^/]+)/', pathNot: TEST },
      { path: '^apps/', pathNot: '^apps/$1/' },
    ),
    // The build of the sdk refuses imports that are not type imports.
    rule(
      'sdk-sees-the-contract-only',
      { path: '^packages/sdk/src/', pathNot: TEST },
      { path: '^(packages/(api|db|queues)|apps)/', pathNot: '^packages/api/src/contract\\.ts$' },
    ),
    rule(
      'apps-use-entry-points',
      { path: '^apps/' },
      { path: '^packages/api/src/(features|trpc|core/(?!redis/redis\\.ts))' },
    ),
    // The worker would load every procedure and its schemas, which take more memory than its own code.
    rule(
      'worker-loads-no-procedures',
      { path: '^(apps/worker|packages/queues)/src/', pathNot: TEST },
      { path: '^packages/api/src/(index|root)\\.ts$', ...runtime },
    ),
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
    rule('features-are-ordered', { path: `${FEATURES}(?!(${ORDER.join('|')})/)` }, {}),
    rule(
      'feature-surface-only',
      { path: FEATURE, pathNot: TEST },
      { path: FEATURES, pathNot: [`${FEATURES}$1/`, '/(service|schema)\\.ts$'] },
    ),
    // Inside a feature: router -> service -> queries -> db, and the pure files below service and queries.
    // One rule sees files that import something, one those that are imported, one those that are neither.
    rule('closed-file-names', { path: FEATURES, pathNot: FILE_NAMES }, {}),
    rule('closed-file-names:imported', {}, { path: FEATURES, pathNot: FILE_NAMES }),
    rule('closed-file-names:orphan', { orphan: true, path: FEATURES, pathNot: FILE_NAMES }, {}),
    rule(
      'router-is-thin',
      { path: '/features/.*/router\\.ts$' },
      { path: '(/queries\\.ts$|^packages/db/|node_modules/kysely/)' },
    ),
    rule(
      'only-root-imports-routers',
      { path: FEATURES, pathNot: TEST },
      { path: '/features/.*/router\\.ts$' },
    ),
    rule('jobs-are-entry-points', { path: FEATURES, pathNot: TEST }, { path: '/features/.*/jobs\\.ts$' }),
    rule('queries-know-no-service', { path: '/features/.*/queries\\.ts$' }, { path: '/service\\.ts$' }),
    rule(
      'statement-takes-types-only',
      { path: '/features/.*/statement\\.ts$' },
      { path: '/features/.*/(service|queries)\\.ts$', ...runtime },
    ),
    rule(
      'schema-knows-no-service',
      { path: '/features/.*/schema\\.ts$' },
      { path: '/features/.*/(service|queries)\\.ts$' },
    ),
    // Pure files decide from what they are given; the row types of queries.ts are all they may take from there.
    rule(
      'pure-files-read-nothing',
      { path: `/features/.*/${PURE}\\.ts$` },
      { path: '(/features/.*/(service|queries)\\.ts$|^packages/db/|node_modules/kysely/)', ...runtime },
    ),
    rule(
      'domain-is-transport-free',
      { path: FEATURES, pathNot: [TEST, '/router\\.ts$'] },
      { path: '(^packages/api/src/trpc/|node_modules/(@trpc|fastify|@fastify|bullmq)/)' },
    ),
    rule('bullmq-lives-in-queues', { pathNot: '^packages/queues/' }, { path: 'node_modules/bullmq/' }),
    rule('testing-only-from-tests', { pathNot: `(${TEST}|^scripts/|^bench/)` }, { path: '/testing/' }),
  ],
  options: {
    // TypeScript 7 has no stable API for parsing.
    parser: 'swc',
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    exclude: {
      path: '(^(packages|apps)/[^/]+/dist/|^packages/sdk/test/consumer/|^apps/server/test/generated-clients/)',
    },
    // Without these, workspace imports stay unresolved and no rule between packages matches anything.
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};

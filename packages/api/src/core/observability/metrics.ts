import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { CacheResult } from '../cache/cache.ts';
import type { Readiness } from './readiness.ts';

const registers = (register: Registry) => ({ registers: [register] });

export function createMetrics() {
  const register = new Registry();
  return {
    register,
    limitInsured: new Counter({
      name: 'linkgrove_limit_insured_total',
      help: 'Calls counted in this process while Redis was unavailable',
      labelNames: ['limit'],
      ...registers(register),
    }),
    mailDropped: new Counter({
      name: 'linkgrove_mail_dropped_total',
      help: 'Mails that were not sent: budget of the recipient spent, address unverified, or link expired',
      labelNames: ['template', 'reason'],
      ...registers(register),
    }),
    mailAttempts: new Counter({
      name: 'linkgrove_mail_attempts_total',
      help: 'Attempts to send a mail: sent, deferred (4xx), refused (5xx), or the mail server is unavailable',
      labelNames: ['outcome'],
      ...registers(register),
    }),
    breachLookups: new Counter({
      name: 'linkgrove_breach_lookups_total',
      help: 'Look-ups of new passwords by outcome: found in a breach, absent, or unknown because there was no answer',
      labelNames: ['outcome'],
      ...registers(register),
    }),
    captchaChecks: new Counter({
      name: 'linkgrove_captcha_checks_total',
      help: 'Captcha answers by outcome: passed, refused, or let through because the service was unavailable',
      labelNames: ['outcome'],
      ...registers(register),
    }),
    procedureSeconds: new Histogram({
      name: 'linkgrove_procedure_duration_seconds',
      help: 'Duration of procedure calls by procedure and outcome: ok, or the error code',
      labelNames: ['procedure', 'code'],
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      ...registers(register),
    }),
    variantReads: new Counter({
      name: 'linkgrove_page_variants_total',
      help: 'Answers with a page that not all visitors see alike: hit if the variant was rendered before, or miss',
      labelNames: ['result'],
      ...registers(register),
    }),
    webhookAttempts: new Counter({
      name: 'linkgrove_webhook_attempts_total',
      help: 'Attempts to deliver a webhook event by outcome: delivered or failed',
      labelNames: ['outcome'],
      ...registers(register),
    }),
    webhookAttemptSeconds: new Histogram({
      name: 'linkgrove_webhook_attempt_duration_seconds',
      help: 'Duration of attempts to deliver a webhook event',
      buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15],
      ...registers(register),
    }),
  };
}
export type Metrics = ReturnType<typeof createMetrics>;

/** The sums of other metrics. `promtool check metrics` rejects them, because they end like counters and are none. */
const MISNAMED = [
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
];

export function collectProcessMetrics(register: Registry): void {
  collectDefaultMetrics({ register });
  for (const name of MISNAMED) register.removeSingleMetric(name);
}

export function watchPool(
  { register }: Metrics,
  read: () => { total: number; idle: number; waiting: number },
): void {
  const gauge = new Gauge({
    name: 'linkgrove_database_connections',
    help: 'Connections of the pool in use or idle, and requests waiting for one',
    labelNames: ['state'],
    registers: [],
    collect() {
      const { total, idle, waiting } = read();
      this.set({ state: 'used' }, total - idle);
      this.set({ state: 'idle' }, idle);
      this.set({ state: 'waiting' }, waiting);
    },
  });
  register.registerMetric(gauge);
}

export function watchHashing({ register }: Metrics, read: () => { running: number; waiting: number }): void {
  const gauge = new Gauge({
    name: 'linkgrove_password_hashes',
    help: 'Passwords that are being hashed or compared, and those that wait for their turn',
    labelNames: ['state'],
    registers: [],
    collect() {
      for (const [state, count] of Object.entries(read())) this.set({ state }, count);
    },
  });
  register.registerMetric(gauge);
}

/** Copies `reads` at each scrape, because incrementing a labelled counter per read is too slow. */
export function watchCaches({ register }: Metrics, reads: Record<string, Record<CacheResult, number>>): void {
  const counter = new Counter({
    name: 'linkgrove_cache_reads_total',
    help: 'Cache reads: hit in this process, shared from Redis, or miss and loaded',
    labelNames: ['cache', 'result'],
    registers: [],
    collect() {
      this.reset();
      for (const [cache, results] of Object.entries(reads)) {
        for (const [result, count] of Object.entries(results)) this.inc({ cache, result }, count);
      }
    },
  });
  register.registerMetric(counter);
}

/** Read at each scrape, like `watchCaches`. */
export function watchLimits(
  { register }: Metrics,
  decisions: Record<string, { allowed: number; refused: number }>,
): void {
  const counter = new Counter({
    name: 'linkgrove_limit_decisions_total',
    help: 'Calls allowed or refused by a rate limit',
    labelNames: ['limit', 'result'],
    registers: [],
    collect() {
      this.reset();
      for (const [limit, results] of Object.entries(decisions))
        for (const [result, count] of Object.entries(results)) this.inc({ limit, result }, count);
    },
  });
  register.registerMetric(counter);
}

/** Read at each scrape, like `watchCaches`. */
export function watchAnalytics(
  { register }: Metrics,
  { results, bufferSize }: { results: Record<string, number>; bufferSize: () => number },
): void {
  const counter = new Counter({
    name: 'linkgrove_analytics_events_total',
    help: 'Views, clicks and visits: counted, excluded, dropped because the buffer was full, or lost',
    labelNames: ['result'],
    registers: [],
    collect() {
      this.reset();
      for (const [result, count] of Object.entries(results)) this.inc({ result }, count);
    },
  });
  const gauge = new Gauge({
    name: 'linkgrove_analytics_buffered',
    help: 'Views, clicks and visits that are not yet written',
    registers: [],
    collect() {
      this.set(bufferSize());
    },
  });
  register.registerMetric(counter);
  register.registerMetric(gauge);
}

export function watchBuild({ register }: Metrics, build: { version: string; schema: string }): void {
  const gauge = new Gauge({
    name: 'linkgrove_build_info',
    help: 'Always 1; version of the program, of Node.js, and the last migration that the program knows',
    labelNames: ['version', 'node', 'schema'],
    registers: [],
  });
  gauge.set({ version: build.version, node: process.versions.node, schema: build.schema }, 1);
  register.registerMetric(gauge);
}

/** Asked at each scrape. Of several servers in one process, the last one is asked. */
export function watchReadiness({ register }: Metrics, readiness: Readiness): void {
  const gauge = new Gauge({
    name: 'linkgrove_dependency_up',
    help: 'Whether a part that readiness depends on can be used',
    labelNames: ['dependency'],
    registers: [],
    async collect() {
      const problems = await readiness.listProblems();
      for (const part of readiness.parts)
        this.set({ dependency: part }, problems.some((problem) => problem.part === part) ? 0 : 1);
    },
  });
  register.removeSingleMetric('linkgrove_dependency_up');
  register.registerMetric(gauge);
}

import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { CacheResult } from '../cache/cache.ts';

const registers = (register: Registry) => ({ registers: [register] });

/** What a process counts of its own work, in a registry of its own; whoever serves `/metrics` adds the rest. */
export function createMetrics() {
  const register = new Registry();
  return {
    register,
    limitDecisions: new Counter({
      name: 'linkgrove_limit_decisions_total',
      help: 'Calls that a limit allowed or refused',
      labelNames: ['limit', 'result'],
      ...registers(register),
    }),
    limitInsured: new Counter({
      name: 'linkgrove_limit_insured_total',
      help: 'Calls counted in this process because Redis did not answer',
      labelNames: ['limit'],
      ...registers(register),
    }),
    procedureSeconds: new Histogram({
      name: 'linkgrove_procedure_duration_seconds',
      help: 'Calls of a procedure by transport-free name and by how they ended: ok, or the code of the problem',
      labelNames: ['procedure', 'code'],
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      ...registers(register),
    }),
  };
}
export type Metrics = ReturnType<typeof createMetrics>;

/** Has the use of a connection pool told at every scrape. */
export function watchPool(
  { register }: Metrics,
  read: () => { total: number; idle: number; waiting: number },
): void {
  const gauge = new Gauge({
    name: 'linkgrove_database_connections',
    help: 'Connections of the pool that are lent out or idle, and requests that wait for one',
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

/** Has the reads of caches told at every scrape: they are too many and too quick to be counted with labels. */
export function watchCaches({ register }: Metrics, reads: Record<string, Record<CacheResult, number>>): void {
  const counter = new Counter({
    name: 'linkgrove_cache_reads_total',
    help: 'Reads of a cache: hit in this process, shared where Redis had it, miss where it was loaded',
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

import type { App } from '@linkgrove/api';
import fp from 'fastify-plugin';
import { collectDefaultMetrics, Histogram, Registry } from 'prom-client';

/** `/metrics` for Prometheus: the process, what it counts of its own work, and how long requests of each route took. */
export const metrics = fp<{ app: App }>(async (server, { app }) => {
  const register = new Registry();
  collectDefaultMetrics({ register });
  const duration = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time from the first byte of a request to the last byte of its answer',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    registers: [register],
  });
  server.addHook('onResponse', async (request, reply) => {
    // By route, not by path: unknown paths are one, and no id becomes a label.
    const route = request.routeOptions.url ?? 'unknown';
    duration.observe({ method: request.method, route, status: reply.statusCode }, reply.elapsedTime / 1_000);
  });
  const all = Registry.merge([register, app.metrics.register]);
  server.get('/metrics', async (_request, reply) => {
    reply.type(all.contentType);
    return all.metrics();
  });
});

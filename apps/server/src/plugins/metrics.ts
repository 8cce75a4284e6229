import { type App, collectProcessMetrics } from '@linkgrove/api';
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { Histogram, Registry } from 'prom-client';
import type { RenderedMetrics } from '../metrics-listener.ts';

export type ServerMetrics = {
  observe: (request: FastifyRequest, reply: FastifyReply, done: () => void) => void;
  render: () => Promise<RenderedMetrics>;
  serve: FastifyPluginAsync;
};

export function createServerMetrics(app: App): ServerMetrics {
  const register = new Registry();
  collectProcessMetrics(register);
  const duration = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time from the first byte of a request to the last byte of its answer',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    registers: [register],
  });
  const render = async () => {
    // Merged each time, since plugins add metrics later.
    const all = Registry.merge([register, app.metrics.register]);
    return { type: all.contentType, text: await all.metrics() };
  };
  return {
    render,
    observe: (request, reply, done) => {
      // By route, not by path: unknown paths are one, and no id becomes a label.
      const route = request.routeOptions.url ?? 'unknown';
      const status = reply.raw.statusCode;
      duration.observe({ method: request.method, route, status }, reply.elapsedTime / 1_000);
      done();
    },
    serve: async (server) => {
      server.get('/metrics', async (_request, reply) => {
        const { type, text } = await render();
        return reply.type(type).send(text);
      });
    },
  };
}

import { type App, finishSignIn, startSignIn, startSignInInput } from '@linkgrove/api';
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import type { ContextFactory } from '../request-context.ts';

const MAX_FORM_BYTES = 16_000;
const PATH = '/api/auth/:provider/callback';
/** The parameters of an authorization response (RFC 6749, RFC 9207). */
const MEMBERS = ['code', 'state', 'iss', 'error'];

type Route = { Params: { provider: string }; Querystring: Record<string, unknown> };

function readAnswer(given: URLSearchParams): URLSearchParams {
  const answer = new URLSearchParams();
  for (const name of MEMBERS) for (const value of given.getAll(name)) answer.append(name, value);
  return answer;
}

const readQuery = ({ url }: FastifyRequest): URLSearchParams =>
  new URLSearchParams(url.includes('?') ? url.slice(url.indexOf('?')) : '');

/** The browser's way to a provider and back. */
export const signInProvidersPlugin: FastifyPluginAsync<{ app: App; createContext: ContextFactory }> = async (
  server,
  { app, createContext },
) => {
  server.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string', bodyLimit: MAX_FORM_BYTES },
    (_request, body, done) => done(null, new URLSearchParams(String(body))),
  );
  server.addHook('onReady', async () => void app.signInProviders.check());
  const leadTo = (reply: FastifyReply, url: string, status: 302 | 303 = 302) =>
    reply.header('cache-control', 'no-store').redirect(url, status);

  server.get<Route>('/api/auth/:provider', async (request, reply) => {
    const input = startSignInInput.parse({ ...request.query, ...request.params });
    return leadTo(reply, await startSignIn(createContext(request, reply), input));
  });

  const finish = async (request: FastifyRequest<Route>, reply: FastifyReply, answer: URLSearchParams) => {
    const { provider } = request.params;
    return leadTo(reply, await finishSignIn(createContext(request, reply), { provider, answer }));
  };

  server.get<Route>(PATH, (request, reply) => finish(request, reply, readAnswer(readQuery(request))));

  // A form that a provider's page sends arrives without our cookies, which are `SameSite=Lax`. Nothing happens until
  // the browser repeats it as a request of its own, with the cookie that binds it to the state.
  server.post<Route>(PATH, { config: { isFormPost: true } }, async (request, reply) => {
    const answer = readAnswer(request.body instanceof URLSearchParams ? request.body : new URLSearchParams());
    if (createContext(request, reply).signInCookie.read() !== undefined)
      return finish(request, reply, answer);
    const { provider } = request.params;
    return leadTo(
      reply,
      `${app.config.publicUrl}/api/auth/${encodeURIComponent(provider)}/callback?${answer.toString()}`,
      303,
    );
  });
};

declare module 'fastify' {
  // oxlint-disable-next-line typescript/consistent-type-definitions -- only interfaces merge
  interface FastifyContextConfig {
    /** A page of a provider may post to it; it must do nothing without a state of this browser. */
    isFormPost?: boolean;
  }
}

// What React Native has: abort-controller@3, which knows neither `reason` nor `timeout`, a `fetch` that understands it,
// and neither BroadcastChannel nor getSetCookie.
import { AbortController, AbortSignal } from 'abort-controller';

// Node.js loads its own `fetch` at the first call, with the AbortSignal that it finds then.
await fetch('data:,');
const native = { fetch: globalThis.fetch, AbortController: globalThis.AbortController };
if ('timeout' in AbortSignal) throw new Error('This is not the polyfill of React Native');
Object.assign(globalThis, { AbortController, AbortSignal, BroadcastChannel: undefined });
delete Headers.prototype.getSetCookie;
globalThis.fetch = (url, { signal, ...init } = {}) => {
  const stopper = new native.AbortController();
  signal?.addEventListener('abort', () => stopper.abort());
  return native.fetch(url, { ...init, signal: stopper.signal });
};

const { runSession } = await import('./runtime.js');
console.log(await runSession(process.argv.at(-1)));

// A Worker of Cloudflare's runtime; the test bundles it, because workers load no packages.
import { runSession } from './runtime.js';

export default {
  async test(_controller, env) {
    console.log(await runSession(env.API));
  },
};

import type { FastifyBaseLogger } from 'fastify';

type Line = [object: unknown, message?: string, ...values: unknown[]];
type Bindings = Parameters<FastifyBaseLogger['child']>[0];
type Options = Parameters<FastifyBaseLogger['child']>[1];

/** Creates the logger with the request ID when the first line is logged: most requests log none. */
export class RequestLogger implements FastifyBaseLogger {
  readonly #parent: FastifyBaseLogger;
  readonly #bindings: Bindings;
  #logger: FastifyBaseLogger | undefined;

  constructor(parent: FastifyBaseLogger, bindings: Bindings) {
    this.#parent = parent;
    this.#bindings = bindings;
  }

  #open(): FastifyBaseLogger {
    return (this.#logger ??= this.#parent.child(this.#bindings));
  }
  get level(): string {
    return this.#open().level;
  }
  child(bindings: Bindings, options?: Options): FastifyBaseLogger {
    return this.#open().child(bindings, options);
  }
  fatal(...line: Line): void {
    this.#open().fatal(...line);
  }
  error(...line: Line): void {
    this.#open().error(...line);
  }
  warn(...line: Line): void {
    this.#open().warn(...line);
  }
  info(...line: Line): void {
    this.#open().info(...line);
  }
  debug(...line: Line): void {
    this.#open().debug(...line);
  }
  trace(...line: Line): void {
    this.#open().trace(...line);
  }
  silent(): void {}
}

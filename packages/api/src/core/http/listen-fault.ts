const LISTEN_FAULTS: Record<string, (name: string, host: string) => string> = {
  EADDRINUSE: (name) => `${name} is already in use; set another one`,
  EACCES: (name) => `${name} needs privileges that this process lacks; set one from 1024`,
  EADDRNOTAVAIL: (_name, host) => `${host} is no address of this machine`,
  ENOTFOUND: (_name, host) => `${host} is no address of this machine`,
};

/** One line that names the variable and not its value; undefined for errors of other kinds. */
export function findListenFault(error: unknown, port: string, host = 'HOST'): string | undefined {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return undefined;
  return LISTEN_FAULTS[error.code]?.(port, host);
}

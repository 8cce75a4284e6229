import type { Plugin } from 'rolldown';

const MODULE = '\0node:http';
const NAMES = [
  'Agent',
  'IncomingMessage',
  'METHODS',
  'STATUS_CODES',
  'Server',
  'ServerResponse',
  'createServer',
  'get',
  'request',
  'validateHeaderName',
  'validateHeaderValue',
];

export const isHttp = (id: string): boolean => id === 'http' || id === 'node:http';

/**
 * Imports `node:http` without its lazy exports, such as WebSocket. An import statement reads them all, which loads undici:
 * 14 MB and 40 ms.
 */
export const plainHttp: Plugin = {
  name: 'plain-http',
  resolveId: (source, _importer, { kind }) => {
    if (!isHttp(source)) return undefined;
    return kind === 'import-statement' ? MODULE : { id: 'node:http', external: true };
  },
  load: (id) =>
    id === MODULE
      ? `const http = process.getBuiltinModule('node:http');
         export default http;
         export const { ${NAMES.join(', ')} } = http;`
      : undefined,
};

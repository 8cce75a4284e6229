import { createServer } from 'node:http';

// What Node itself takes: an HTTP server that does nothing else.
createServer((_request, response) => response.end('{"status":"ok"}')).listen(
  Number(process.env.PORT),
  '127.0.0.1',
);
process.once('SIGTERM', () => process.exit(0));

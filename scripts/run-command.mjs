// Runs a command for operators: from its source where the development dependencies are installed, else as it was built.
// Plain JavaScript, because it runs on the machine's own Node.
import { existsSync } from 'node:fs';

const SOURCES = {
  migrate: 'packages/db/src/bin/migrate.ts',
  promote: 'packages/api/src/bin/promote.ts',
  doctor: 'packages/api/src/bin/doctor.ts',
  pepper: 'packages/api/src/bin/pepper.ts',
  'new-key': 'packages/api/src/bin/new-key.ts',
};

const [name = ''] = process.argv.splice(2, 1);
const find = (path) => new URL(`../${path}`, import.meta.url);
const isDevelopment = existsSync(find('node_modules/rolldown'));
const file = find(isDevelopment ? SOURCES[name] : `apps/server/dist/${name}.js`);
if (existsSync(file)) await import(file.href);
else {
  console.error(`${file.pathname} is missing; run \`npm run build\` before \`pnpm install --prod\``);
  process.exit(1);
}

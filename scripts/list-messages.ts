import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Group, type Message, readMessages } from './lib/read-messages.ts';

// Prints every text of the code that people read, to be read aloud. Usage: npm run messages [-- words to look for]

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const SOURCES = ['packages/*/src/**/*.ts', 'apps/*/src/**/*.ts', 'scripts/*.ts'];
const TITLES: Record<Group, string> = {
  errors: 'Errors',
  mail: 'Mail',
  pages: 'Pages',
  reference: 'API reference',
  commands: 'Commands',
  log: 'Log',
  other: 'Other',
};

export const listMessages = (): Message[] =>
  globSync(SOURCES, { cwd: ROOT })
    .filter(
      (file) =>
        !/\.test\.ts$|\/testing\/|locales\/(?!en)|migrations\/|presets|visibility|deceptive/.test(file),
    )
    .toSorted()
    .flatMap((file) => readMessages(file, readFileSync(ROOT + file, 'utf8')));

if (import.meta.main) {
  const words = process.argv.slice(2).join(' ').toLowerCase();
  const messages = listMessages().filter(({ text }) => text.toLowerCase().includes(words));
  for (const [group, title] of Object.entries(TITLES)) {
    const lines = messages
      .filter((message) => message.group === group)
      .map(({ file, line, text }) => `${text}\n    ${file}:${line}`);
    if (lines.length > 0) console.log(`\n# ${title}\n\n${[...new Set(lines)].join('\n')}`);
  }
}

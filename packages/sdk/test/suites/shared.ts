import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rolldown } from 'rolldown';
import { type Consumer, runProgram } from '../consumer-kit.ts';

/** What the SDK was checked with, one line for each; printed at the end, so that CI shows it. */
export const report: string[] = [];

/** Compiles a project of a consumer with the TypeScript of the same or another one; returns what it complains about. */
export const compileProject = ({ folder }: Consumer, typescript: Consumer, project: string) =>
  runProgram(process.execPath, [typescript.find('typescript/bin/tsc'), '-p', project], { cwd: folder });

const startBundle = ({ folder }: Consumer, text: string, name: string) => {
  const input = join(folder, `${name}.entry.js`);
  writeFileSync(input, text);
  // As bundlers build pages: a chunk that is loaded later may import from the first one.
  const preserveEntrySignatures = 'allow-extension';
  return rolldown({ input, platform: 'browser', cwd: folder, logLevel: 'warn', preserveEntrySignatures });
};

/** One file, with what would be loaded later too. */
export async function bundleProgram(consumer: Consumer, text: string, name: string): Promise<string> {
  const bundle = await startBundle(consumer, text, name);
  const { output } = await bundle.generate({ minify: true, codeSplitting: false });
  return output[0].code;
}

/** The chunks that are loaded at once, and those that an `import()` loads later. */
export async function bundleChunks(consumer: Consumer, text: string, name: string) {
  const bundle = await startBundle(consumer, text, name);
  const { output } = await bundle.generate({ minify: true });
  const chunks = output.flatMap((file) => (file.type === 'chunk' ? [file] : []));
  const first = new Set([output[0].fileName]);
  // A set grows while it is read, so this follows the imports of imports.
  for (const chunk of first) {
    const { imports = [] } = chunks.find(({ fileName }) => fileName === chunk) ?? {};
    imports.forEach((imported) => first.add(imported));
  }
  return {
    first: chunks.filter(({ fileName }) => first.has(fileName)),
    later: chunks.filter(({ fileName }) => !first.has(fileName)),
  };
}

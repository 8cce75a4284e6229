import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rolldown } from 'rolldown';
import { type Consumer, runProgram } from '../consumer-kit.ts';

/** What the SDK was checked with, one line for each; printed at the end, so that CI shows it. */
export const report: string[] = [];

/** Compiles a project of a consumer with the TypeScript of the same or another one; returns what it complains about. */
export const compileProject = ({ folder }: Consumer, typescript: Consumer, project: string) =>
  runProgram(process.execPath, [typescript.find('typescript/bin/tsc'), '-p', project], { cwd: folder });

const bundle = ({ folder }: Consumer, text: string, name: string) => {
  const input = join(folder, `${name}.entry.js`);
  writeFileSync(input, text);
  return rolldown({ input, platform: 'browser', cwd: folder, logLevel: 'warn' });
};

/** With everything that it may load later. */
export async function bundleProgram(consumer: Consumer, text: string, name: string): Promise<string> {
  const built = await bundle(consumer, text, name);
  const { output } = await built.generate({ minify: true, inlineDynamicImports: true });
  return output[0].code;
}

/** The code that a page loads at first. */
export async function bundleStart(consumer: Consumer, text: string, name: string): Promise<string> {
  const built = await bundle(consumer, text, name);
  const { output } = await built.generate({ minify: true });
  const chunks = output.flatMap((one) => (one.type === 'chunk' ? [one] : []));
  const first = new Set([output[0].fileName, ...output[0].imports]);
  return chunks.flatMap(({ fileName, code }) => (first.has(fileName) ? [code] : [])).join('\n');
}

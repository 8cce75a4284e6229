import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rolldown } from 'rolldown';
import { type Consumer, runProgram } from '../consumer-kit.ts';

/** What the SDK was checked with, one line for each; printed at the end, so that CI shows it. */
export const report: string[] = [];

/** Compiles a project of a consumer with the TypeScript of the same or another one; returns what it complains about. */
export const compileProject = ({ folder }: Consumer, typescript: Consumer, project: string) =>
  runProgram(process.execPath, [typescript.find('typescript/bin/tsc'), '-p', project], { cwd: folder });

export async function bundleProgram({ folder }: Consumer, text: string, name: string): Promise<string> {
  const input = join(folder, `${name}.entry.js`);
  writeFileSync(input, text);
  const bundle = await rolldown({ input, platform: 'browser', cwd: folder, logLevel: 'warn' });
  const { output } = await bundle.generate({ minify: true });
  return output[0].code;
}

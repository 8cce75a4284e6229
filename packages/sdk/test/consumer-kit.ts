import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const SDK = fileURLToPath(new URL('..', import.meta.url));
const PROGRAMS = join(SDK, 'test/consumer');
const QUICK = ['--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts'];

const run = promisify(execFile);

/** Runs a program and returns its output. Throws an error with the output if it fails. */
export async function runProgram(
  command: string,
  args: string[],
  options: { cwd: string; env?: NodeJS.ProcessEnv },
): Promise<string> {
  const { stdout, stderr } = await run(command, args, { maxBuffer: 1e7, ...options }).catch((error) => {
    throw new Error(`${command} ${args.join(' ')}\n${error.stdout}\n${error.stderr}`, { cause: error });
  });
  return stdout + stderr;
}

/** A folder outside the workspace, as somebody's project that installed the SDK. */
export type Consumer = {
  folder: string;
  run: (command: string, args: string[], env?: NodeJS.ProcessEnv) => Promise<string>;
  /** The path of an installed file. */
  find: (path: string) => string;
  versionOf: (name: string) => string;
};

export type Consumers = Awaited<ReturnType<typeof installConsumers>>;

async function installConsumer(folder: string, packages: string[], manifest?: string): Promise<Consumer> {
  mkdirSync(folder);
  cpSync(PROGRAMS, folder, { recursive: true });
  const json = manifest ? readFileSync(join(PROGRAMS, manifest), 'utf8') : '{ "type": "module" }';
  writeFileSync(join(folder, 'package.json'), json);
  await runProgram('npm', ['install', ...packages, ...QUICK], { cwd: folder });
  const find = (path: string) => join(folder, 'node_modules', path);
  return {
    folder,
    find,
    run: (command, args, env) => runProgram(command, args, { cwd: folder, ...(env && { env }) }),
    versionOf: (name) => JSON.parse(readFileSync(find(`${name}/package.json`), 'utf8')).version,
  };
}

/** The programs of other runtimes come from the npm registry; the names contain the platform. */
const { platform, arch } = process;
export const RUNTIMES = {
  node: { package: `node-${platform}-${arch}`, version: '18.20.8', program: 'bin/node' },
  bun: {
    package: `@oven/bun-${platform}-${arch === 'arm64' ? 'aarch64' : arch}`,
    version: '1.4.5',
    program: 'bin/bun',
  },
  deno: {
    package: `@deno/${platform}-${arch}${platform === 'linux' ? '-glibc' : ''}`,
    version: '2.9.6',
    program: 'deno',
  },
  workerd: {
    package: `@cloudflare/workerd-${platform}-${arch === 'x64' ? '64' : arch}`,
    version: '1.20261117.1',
    program: 'bin/workerd',
  },
};

/** Packs the SDK with npm, and installs the tarball alone, beside the oldest and beside the newest versions. */
export async function installConsumers() {
  const root = mkdtempSync(join(tmpdir(), 'linkgrove-consumer-'));
  const output = await runProgram('npm', ['pack', '--pack-destination', root], { cwd: SDK });
  const tarball = join(root, output.match(/\S+\.tgz/)?.[0] ?? '');
  const runtimes = Object.values(RUNTIMES).map(({ package: name, version }) => `${name}@${version}`);
  const [plain, lowest, newest, programs] = await Promise.all([
    installConsumer(join(root, 'plain'), [tarball]),
    installConsumer(join(root, 'lowest'), [tarball], 'lowest.json'),
    installConsumer(join(root, 'newest'), [tarball], 'newest.json'),
    installConsumer(join(root, 'runtimes'), runtimes),
  ]);
  const remove = () => rmSync(root, { recursive: true, force: true });
  return { tarball, plain, lowest, newest, programs, remove };
}

export type Program = { url: string; close: () => void };

/** Starts a server of the consumer's with Node.js; it prints its URL. */
export async function startProgram(folder: string, file: string, apiUrl: string): Promise<Program> {
  const child: ChildProcess = spawn(process.execPath, [file, apiUrl], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (!child.stdout) throw new Error('There is no output');
  for await (const url of createInterface(child.stdout)) return { url, close: () => void child.kill() };
  throw new Error(`${file} ended before it printed its URL`);
}

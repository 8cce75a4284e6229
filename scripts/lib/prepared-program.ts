import { once } from 'node:events';

// Loads the modules of a program while its database starts, and runs it when its settings arrive.
// Usage: node prepared-program.ts <its modules> <its main module>
const [modules = '', main = ''] = process.argv.slice(2);

const exit = () => process.exit(1);
process.once('disconnect', exit);
const [[env]] = await Promise.all([once(process, 'message'), import(modules)]);
process.off('disconnect', exit);
Object.assign(process.env, env);
await import(main);

export { testConfig, testEnv } from './config.ts';

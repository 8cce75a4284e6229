// Entry point for launchers: settings, without loading the rest of the API.
export { type Config, ConfigError, type Env, parseConfig } from './core/config/config.ts';
export { loadDevelopmentSecrets } from './core/development/secrets.ts';

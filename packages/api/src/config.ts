// Settings without the rest of the API behind them: what a launcher needs before it starts anything.
export { type Config, ConfigError, type Env, parseConfig } from './core/config/config.ts';
export { loadDevelopmentSecrets } from './core/development/secrets.ts';

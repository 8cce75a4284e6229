export { createApp, createContext, type App, type RequestPart } from './context.ts';
export { type Config, ConfigError, type Env, parseConfig } from './core/config.ts';
export type { Ctx, Credentials } from './core/context.ts';
export { loadDevelopmentSecrets } from './core/development-secrets.ts';
export { AppError, type ErrorCode, type Problem, toProblem } from './core/errors.ts';
export { canonicalAddress } from './core/address.ts';
export { createSigner } from './core/crypto.ts';
export { createRequestIds, newId } from './core/ids.ts';
export { ACCESS_TOKEN_SECONDS } from './core/jwt.ts';
export { createLogger, type Logger } from './core/logger.ts';
export { type CapturedMail, captureMail, listCapturedMail } from './core/mail-capture.ts';
export { type LimitState, tooMany } from './core/rate-limit.ts';
export { connectRedis, type RedisClient, type RedisSettings, REQUEST_SETTINGS } from './core/redis.ts';
export { readConfigOrExit, stopOnSignals } from './core/process.ts';
export { findReferralUrl } from './features/referrals/links/service.ts';
export { type Passage, pass } from './features/public-page/gates/service.ts';
export { DEFAULT_THEME } from './features/pages/schema.ts';
export {
  handleInput as publicPageInput,
  type PublicBlock,
  type PublicPage,
} from './features/public-page/schema.ts';
export {
  find as findPublicPage,
  peek as peekPublicPage,
  preview as previewPage,
  show as showPublicPage,
} from './features/public-page/service.ts';
export { listSitemapPages, listSitemapParts } from './features/public-page/sitemap/service.ts';
export { isFreeName } from './core/reserved-names.ts';
export { recordVisit } from './features/referrals/visits/service.ts';
export { appRouter, type Endpoint, endpoints } from './root.ts';
export { toAppError } from './trpc/errors.ts';
export { rpcCode } from './trpc/init.ts';

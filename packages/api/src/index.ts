export { createApp, createContext, type App, type RequestPart } from './context.ts';
export { type Config, ConfigError, type Env, parseConfig } from './core/config/config.ts';
export type { CapturedRequest, Visitor } from './core/capture/capture.ts';
export type { Ctx, Credentials } from './core/context.ts';
export { loadDevelopmentSecrets } from './core/development/secrets.ts';
export {
  AppError,
  createValidationError,
  type ErrorCode,
  hasErrorCode,
  type Problem,
  toProblem,
} from './core/errors.ts';
export { listConfigWarnings } from './core/config/warnings.ts';
export { limitEntries } from './core/cache/bounds.ts';
export { canonicalizeAddress } from './core/http/client-address.ts';
export { formatOrigin, type Origin, parseCountry } from './core/text/origin.ts';
export { readContactUrl } from './core/text/contact-urls.ts';
export { createTrustCheck, normalizeForwardedFor } from './core/http/forwarded-address.ts';
export { isLoopbackHost, isLoopbackHostHeader } from './core/http/loopback.ts';
export { findCharset, isMediaTypeNamed, isHtmlPreferred } from './core/http/media-types.ts';
export { escapeHtml } from './core/text/html.ts';
export { BODY_LIMITS, findJsonExcess } from './core/text/json.ts';
export { Upload } from './core/files/upload.ts';
export { createProcessPool } from './core/processes/process-pool.ts';
export { type ByteRange, isObjectKey, OBJECT_CACHE_CONTROL } from './core/files/store.ts';
export { readHost } from './core/text/urls.ts';
export { findListenFault } from './core/http/listen-fault.ts';
export { listEnvironmentWarnings } from './core/config/warnings.ts';
export { createDatabaseProbe, createReadiness } from './core/observability/readiness.ts';
export { collectProcessMetrics, watchReadiness } from './core/observability/metrics.ts';
export { createSigner } from './core/crypto/crypto.ts';
export { API_KEY_PREFIX } from './core/crypto/api-keys.ts';
export type { HostResolver } from './core/egress/resolver.ts';
export { createRequestIdGenerator, generateId, isUuid } from './core/crypto/ids.ts';
export { ACCESS_TOKEN_SECONDS } from './core/crypto/jwt.ts';
export { encodeQr, renderQrSvg } from './core/qr.ts';
export { releaseStartMemory } from './core/observability/idle-memory.ts';
export { createLogger, type Logger } from './core/observability/logger.ts';
export { type CapturedMail, captureMail, listCapturedMail } from './core/development/mail-capture.ts';
export { type LimitState, createRateLimitedError } from './core/limits/rate-limiter.ts';
export { readConfigOrExit, requirePepperOrExit, stopOnSignals } from './core/config/process.ts';
export { findCampaignLinkUrl, openCampaignLink } from './features/conversions/clicks/service.ts';
export { MAX_UPLOAD_BYTES, PURPOSE_RULES, SERVED_TYPES } from './features/files/policy.ts';
export { isFileWithheld } from './features/files/withholding/service.ts';
export {
  verifySubmission,
  findSubmissionOfToken,
  acceptSubmission,
  unsubscribeSubmission,
} from './features/forms/service.ts';
export { PROGRAMME_EXPORT_COLUMNS } from './features/conversions/exports/schema.ts';
export { SUBMISSION_EXPORT_COLUMNS } from './features/forms/schema.ts';
export { findScannedUrl } from './features/referrals/links/service.ts';
export { finishSignIn, startSignIn } from './features/auth/providers/service.ts';
export { startSignInInput } from './features/auth/providers/schema.ts';
export {
  findVerification,
  isEmailTokenValid,
  isPasswordTokenValid,
} from './features/auth/email-token/service.ts';
export { readReferralCode } from './features/referrals/links/schema.ts';
export {
  findBlockTakedown,
  findCalendarFile,
  findOpenForm,
  type LinkResolution,
  type LockedPart,
  type OpenForm,
  resolveLink,
} from './features/public-page/gates/service.ts';
export { EXPORT_COLUMNS } from './features/analytics/export/schema.ts';
export { REFERRAL_EXPORT_COLUMNS } from './features/referrals/exports/schema.ts';
export { REWARD_EXPORT_COLUMNS } from './features/rewards/exports/schema.ts';
export type { Analytics } from './features/analytics/schema.ts';
export { findPublicAnalytics } from './features/analytics/publication/service.ts';
export { titleVariant } from './features/pages/blocks/title-tests/schema.ts';
export { computeContrast, type Hex, MIN_TEXT_CONTRAST, parseChannels } from './core/css/contrast.ts';
export { SCOPE_CLASS, scopeCss } from './core/css/scoped-css.ts';
export { createFileUrlCheck } from './features/pages/look/css/service.ts';
export { countryCode, device as visitorDevice } from './features/pages/blocks/targeting/schema.ts';
export { DEFAULT_THEME } from './features/pages/schema.ts';
export {
  findLocale,
  formatMessage,
  getDirection,
  type Locale,
  type Messages,
  negotiateLocale,
} from './features/public-page/locales/index.ts';
export type { PublicPicture } from './features/public-page/blocks/view/schema.ts';
export { publicPageInput, type PublicBlock, type PublicPage } from './features/public-page/schema.ts';
export {
  type PageEntry,
  findPageEntry,
  findPageTakedown,
  isHandleFree,
  peekPageEntry,
  previewPage,
  type OpenedPage,
  openPage,
  type PreviewOptions,
  requireOpenPage,
} from './features/public-page/service.ts';
export { REPORT_REASONS, type ReportReason, type TakedownReason } from './features/pages/takedowns/schema.ts';
export { createReportInput } from './features/moderation/reports/schema.ts';
export { createReport } from './features/moderation/reports/service.ts';
export { unlockPage } from './features/public-page/unlocking/service.ts';
export { isPossibleDomain, findHandleOfHost, peekHandleOfHost } from './features/domains/hosts/service.ts';
export { listSitemapPages, listSitemapParts } from './features/public-page/sitemap/service.ts';
export { isUnreservedName } from './features/users/policy.ts';
export { recordMissedVisit, recordVisit, type Visit } from './features/referrals/visits/service.ts';
export { appRouter, type Endpoint, endpoints, subscriptions } from './root.ts';
export { toAppError } from './trpc/errors.ts';
export { toRpcCode } from './trpc/init.ts';

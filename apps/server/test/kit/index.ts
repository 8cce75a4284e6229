export { type Authenticator, createAuthenticator } from './authenticator.ts';
export { cleanUpLater } from './clean-up.ts';
export { type Browser, openBrowser } from './browser.ts';
export { createMp4, createPicture, createPdf, createWav, type UploadOptions, uploadFile } from './uploads.ts';
export { type Answer, call, type CallOptions, type Client, createClient, signUpPerson } from './client.ts';
export {
  dumpTables,
  keepMessages,
  markSuspended,
  markVerified,
  readPasswordHash,
  setRole,
  signUpAdmin,
  signUpVerified,
} from './database.ts';
export {
  encodeJson,
  fillPath,
  NO_ID,
  nowInSeconds,
  problemOf,
  readStatuses,
  sendRaw,
  signVisitCookie,
  toComparable,
} from './http.ts';
export { storeKey } from './keys.ts';
export { crowd, eventually, range, tally, times } from './parallel.ts';
export {
  BEHIND_PROXY,
  BROWSER,
  clientFrom,
  cookieHeader,
  deviceOf,
  newCode,
  newHandle,
  newPerson,
  PASSWORD,
  type SignedUp,
  wrongLogin,
} from './people.ts';
export { ANSWERS, type Received, type Receiver, startReceiver, verifyAsStranger } from './receiver.ts';
export { createReferralKit, type ReferralKit, TERMS } from './referrals.ts';
export { settleRedis } from './redis.ts';
export { codeOf, enrol, type Enrolled, forgetSteps, signInWithFactor } from './second-factor.ts';
export { createEditor, EXPORTED_PAGE } from './pages.ts';
export { type Instance, startInstance, startTestServer, type TestServer } from './server.ts';
export { useAdmin, useObject, usePerson, useReferralKit, useTestServer, useVerifiedPerson } from './suite.ts';
export { addMember, createTeam } from './workspaces.ts';
export { createHook, type Hook, listDeliveriesOf, moveTime, passTime } from './webhooks.ts';

export type { Change } from '../versions/version.ts'
export type {
  App,
  AppAudit,
  AppChanges,
  AppEdge,
  AppHolder,
  AppKind,
  AppNode,
  AppResources,
  AppState,
  AppVersion,
  Vendor,
} from './app.ts'
export { appName, isServed } from './app.ts'
export {
  AppConflict,
  AppDisabled,
  AppExists,
  AppNotFound,
  AppThrottled,
  DurationRefused,
  IdTokenNeeded,
  NothingToVend,
  SessionRefused,
} from './app-error.ts'
export { iamPolicy, vendedPolicy } from './app-policy.ts'
export {
  type AppClientSettings,
  type Apps,
  type AppsOptions,
  createApps,
} from './apps.ts'
export type { AppReport } from './context.ts'
export type { AppRequest } from './create.ts'
export { type AppCuts, type AppCutsVersion, type Cut, type CutSession, sessionName } from './cuts.ts'
export {
  type CutStore,
  cutStore,
  type DeniedSessions,
  type SessionCutter,
  type SessionCutterOptions,
  sessionCutter,
} from './session-cutter.ts'
export { type AppStore, appStore } from './store.ts'
export { appThrottle, type Throttle } from './throttle.ts'
export {
  type CredentialVendor,
  type CutAnswer,
  type CutRequest,
  credentialVendor,
  type TokenHolder,
  type VendedCredentials,
  type VendedSession,
  type VendorOptions,
} from './vend.ts'

export type { Change } from '../versions/version.ts'
export type {
  App,
  AppAudit,
  AppEdge,
  AppHolder,
  AppKind,
  AppNode,
  AppResources,
  AppState,
  AppVersion,
  CutSession,
  Vendor,
} from './app.ts'
export {
  AppConflict,
  AppDisabled,
  AppExists,
  AppNotFound,
  AppThrottled,
  DurationRefused,
  IdTokenNeeded,
  NothingToVend,
} from './app-error.ts'
export { iamPolicy, vendedPolicy } from './app-policy.ts'
export {
  type AppClientSettings,
  type AppReport,
  type AppRequest,
  type Apps,
  type AppsOptions,
  createApps,
} from './apps.ts'
export { type AppStore, appStore } from './store.ts'
export { appThrottle, type Throttle } from './throttle.ts'
export {
  type CredentialVendor,
  credentialVendor,
  type TokenHolder,
  type VendedCredentials,
  type VendedSession,
  type VendorOptions,
} from './vend.ts'

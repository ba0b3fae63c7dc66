import {
  type App,
  AppNotFound,
  type CredentialVendor,
  appName as nameSchema,
  type TokenHolder,
} from '@causeway-aws/grants/apps'
import * as v from 'valibot'

/** The name of an app as a request has it. What is no name is not looked up, and is refused as an app that is not there. */
export function appName(name: string): string {
  if (v.safeParse(nameSchema, name).success) return name
  throw new AppNotFound(name.slice(0, 32))
}

/** An app of the caller's and of a tenant. One of another tenant is not found, as one that is not there. */
export async function appOfTenant(
  vendor: CredentialVendor,
  holder: TokenHolder,
  name: string,
  tenant: string,
): Promise<App> {
  const app = await vendor.app(appName(name), holder)
  if (app.tenant !== tenant) throw new AppNotFound(name)
  return app
}

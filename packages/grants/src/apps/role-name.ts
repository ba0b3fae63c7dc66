/** The name of an app's role. All are called so: the vendor's functions may have to do with these, and with no others. */
export const roleNameOf = (app: string): string => `causeway-app-${app}`

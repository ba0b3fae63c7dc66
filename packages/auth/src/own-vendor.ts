import * as v from 'valibot'
import { VendorRefused } from './vendor-refused.ts'
import { askVendor } from './vendor-request.ts'

/** Credentials of an app from `functions/credential-vendor`. */
export async function fromOwnVendor(
  { endpoint, app, duration }: { endpoint: string; app: string; duration: number | undefined },
  token: string,
): Promise<unknown> {
  const url = `${endpoint.replace(/\/$/, '')}/apps/${app}/credentials`
  const request = duration === undefined ? {} : { durationSeconds: duration }
  const { isGood, status, body } = await askVendor(url, `Bearer ${token}`, request)
  if (!isGood) throw new VendorRefused(app, status, detailOf(body))
  return body
}

const detailOf = (body: unknown): string => {
  const said = v.safeParse(v.object({ detail: v.string() }), body)
  return said.success ? said.output.detail : 'it does not say why.'
}

import { expect, it } from 'vitest'

it('is not loaded without its variables, and names each of them', async () => {
  const error: unknown = await import('../src/handler.ts').catch((reason: unknown) => reason)
  for (const variable of ['BUCKET', 'TARGET', 'MESSAGE_TYPE']) expect(String(error)).toContain(`${variable}: `)
  for (const variable of ['PREFIX', 'BUCKET_OWNER', 'FORMAT']) expect(String(error)).not.toContain(`${variable}: `)
})

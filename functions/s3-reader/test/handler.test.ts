import { afterEach, expect, it, vi } from 'vitest'

afterEach(() => vi.unstubAllEnvs())

/** What it says to its variables, which are not enough to load it. */
async function refusal(variables: Record<string, string> = {}): Promise<string> {
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value)
  vi.resetModules()
  return String(await import('../src/handler.ts').catch((reason: unknown) => reason))
}

it('is not loaded without its variables, and names each of them', async () => {
  const said = await refusal()
  for (const variable of ['BUCKET', 'TARGET', 'MESSAGE_TYPE']) expect(said).toContain(`${variable}: `)
  for (const variable of ['PREFIX', 'BUCKET_OWNER', 'FORMAT', 'DELIMITER', 'HEADER']) {
    expect(said).not.toContain(`${variable}: `)
  }
})

it.each(['tab', '\t', ';', ' '])('takes %j for what is between two fields', async (DELIMITER) => {
  expect(await refusal({ DELIMITER })).not.toContain('DELIMITER: ')
})

it('refuses what is between no two fields, and a header that may or may not be there', async () => {
  const said = await refusal({ DELIMITER: '\\t', HEADER: 'no' })
  expect(said).toContain('DELIMITER: expected one character, no quote or line end, or the word tab, got "\\\\t".')
  expect(said).toContain('HEADER: expected true or false, got "no". Example: HEADER=false')
})

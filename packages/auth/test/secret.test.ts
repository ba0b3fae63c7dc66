import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { inspect } from 'node:util'
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { SSMClient } from '@aws-sdk/client-ssm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { InvalidOptions, type SecretOptions, SecretUnavailable, secret, type Warning } from '../src/index.ts'
import { fakeClock } from './fake-clock.ts'

const hidden = 'hunter2-hunter2'
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'causeway-secret-'))
})
afterAll(() => rm(folder, { recursive: true }))

type Failure = { status: number; code: string; message?: string }

/** An SDK client whose requests end here: each answer is a JSON body, or a status and an error code. */
function answering(...answers: (Failure | { [field: string]: unknown })[]) {
  const requests: unknown[] = []
  const settings = {
    region: 'eu-west-1',
    credentials: { accessKeyId: 'a', secretAccessKey: 's' },
    maxAttempts: 1,
    requestHandler: {
      handle: async ({ body }: { body: Uint8Array }) => {
        const answer = answers[Math.min(requests.length, answers.length - 1)] ?? {}
        requests.push(JSON.parse(new TextDecoder().decode(body)))
        const failure = 'status' in answer ? (answer as Failure) : undefined
        const text = JSON.stringify(failure ? { __type: failure.code, message: failure.message ?? 'no' } : answer)
        const response = { statusCode: failure?.status ?? 200, headers: {}, body: Readable.from([Buffer.from(text)]) }
        return { response }
      },
    },
  }
  const clients = { ssm: new SSMClient(settings as never), secretsManager: new SecretsManagerClient(settings as never) }
  return { requests, clients }
}

describe('secret', () => {
  it('reads an environment variable', async () => {
    expect(await secret('env:TOKEN', { environment: { TOKEN: hidden } }).value()).toBe(hidden)
  })

  it.each([
    ['a newline at the end', `${hidden}\n`, hidden],
    ['a Windows newline at the end', `${hidden}\r\n`, hidden],
    ['no newline', hidden, hidden],
    ['lines', 'one\ntwo\n\n', 'one\ntwo\n'],
  ])('reads a file with %s', async (_, content, value) => {
    const path = join(folder, 'token')
    await writeFile(path, content, { mode: 0o600 })
    const warnings: Warning[] = []
    expect(await secret(`file:${path}`, { onWarning: (warning) => warnings.push(warning) }).value()).toBe(value)
    expect(warnings).toEqual([])
  })

  it.each([0o640, 0o604, 0o644])('warns of a file that others may read (mode %o), and reads it', async (mode) => {
    const path = join(folder, 'open')
    await writeFile(path, hidden)
    await chmod(path, mode)
    const warnings: Warning[] = []
    expect(await secret(`file:${path}`, { onWarning: (warning) => warnings.push(warning) }).value()).toBe(hidden)
    expect(warnings).toEqual([
      {
        code: 'SecretFileOpen',
        message: `The file of the secret file:${path} is open to others (0${mode.toString(8)}). Close it: chmod 600 ${path}`,
      },
    ])
  })

  it('reads a parameter, decrypted', async () => {
    const { clients, requests } = answering({ Parameter: { Value: hidden } })
    expect(await secret('ssm:/orders/external-id', { clients }).value()).toBe(hidden)
    expect(requests).toEqual([{ Name: '/orders/external-id', WithDecryption: true }])
  })

  it('reads a secret of Secrets Manager, by its name or its ARN', async () => {
    const { clients, requests } = answering({ SecretString: hidden })
    const arn = 'arn:aws:secretsmanager:eu-west-1:111111111111:secret:orders-AbCdEf'
    for (const id of ['orders/external-id', arn]) {
      expect(await secret(`secret:${id}`, { clients }).value()).toBe(hidden)
    }
    expect(requests).toEqual([{ SecretId: 'orders/external-id' }, { SecretId: arn }])
  })

  it('reads one key of a secret that is JSON', async () => {
    const { clients, requests } = answering({ SecretString: JSON.stringify({ external: hidden, other: 'x' }) })
    expect(await secret('secret:orders#external', { clients }).value()).toBe(hidden)
    expect(requests).toEqual([{ SecretId: 'orders' }])
  })
})

describe('secret, held', () => {
  it('is looked up once for concurrent callers, and again after its TTL', async () => {
    const clock = fakeClock()
    const { clients, requests } = answering({ SecretString: 'old' }, { SecretString: 'new' })
    const token = secret('secret:token', { clients, clock, ttl: 60 })
    expect(await Promise.all([token.value(), token.value()])).toEqual(['old', 'old'])
    clock.pass(59)
    expect(await token.value()).toBe('old')
    clock.pass(1)
    expect(await token.value()).toBe('new')
    expect(requests).toHaveLength(2)
  })

  it('keeps its TTL when the clock is set', async () => {
    const clock = fakeClock()
    const { clients, requests } = answering({ SecretString: hidden })
    const token = secret('secret:token', { clients, clock })
    await token.value()
    clock.jump(86_400)
    await token.value()
    clock.jump(-200_000)
    clock.pass(300)
    await token.value()
    expect(requests).toHaveLength(2)
  })

  it('is looked up each time with a TTL of 0', async () => {
    const environment = { TOKEN: 'old' }
    const token = secret('env:TOKEN', { environment, ttl: 0 })
    expect(await token.value()).toBe('old')
    environment.TOKEN = 'new'
    expect(await token.value()).toBe('new')
  })

  it('is given as held while its look-up is throttled, and looked up with backoff', async () => {
    const clock = fakeClock()
    const throttled = { status: 400, code: 'ThrottlingException' }
    const { clients, requests } = answering({ SecretString: 'old' }, throttled, throttled, { SecretString: 'new' })
    const warnings: Warning[] = []
    const onWarning = (warning: Warning) => warnings.push(warning)
    const token = secret('secret:token', { clients, clock, ttl: 60, onWarning })
    await token.value()
    clock.pass(60)
    expect(await Promise.all([token.value(), token.value()])).toEqual(['old', 'old'])
    expect(await token.value()).toBe('old')
    expect(requests).toHaveLength(2)
    expect(warnings).toMatchObject([
      {
        code: 'SecretNotRenewed',
        message: expect.stringMatching(
          /^The secret secret:token could not .*\. The value held is used; the next try is in 1 s\.$/,
        ),
        cause: { retryable: true },
      },
    ])
    clock.pass(1)
    expect(await token.value()).toBe('old')
    clock.pass(0.9)
    await token.value()
    expect(requests).toHaveLength(3)
    clock.pass(1.1)
    expect(await token.value()).toBe('new')
    expect(warnings).toHaveLength(2)
  })

  it('is not given as held when its look-up is denied', async () => {
    const clock = fakeClock()
    const { clients } = answering({ SecretString: 'old' }, { status: 400, code: 'AccessDeniedException' })
    const token = secret('secret:token', { clients, clock, ttl: 60 })
    await token.value()
    clock.pass(60)
    await expect(token.value()).rejects.toThrow(SecretUnavailable)
  })

  it('is looked up again after a failure', async () => {
    const environment: { TOKEN?: string } = {}
    const token = secret('env:TOKEN', { environment })
    await expect(token.value()).rejects.toThrow(SecretUnavailable)
    environment.TOKEN = hidden
    expect(await token.value()).toBe(hidden)
  })
})

describe('secret, printed', () => {
  it('shows its reference alone, in every way there is', async () => {
    const token = secret('env:TOKEN', { environment: { TOKEN: hidden } })
    await token.value()
    const printed = [
      String(token),
      `${token}`,
      `${token} `.concat(token as never),
      inspect(token, { showHidden: true, depth: 10 }),
      inspect({ nested: [token] }, { depth: 10 }),
      JSON.stringify({ token }),
      JSON.stringify({ ...token }),
      JSON.stringify(Object.entries(token)),
      new Error(`with ${token}`).message,
    ]
    for (const text of printed) {
      expect(text).toContain('env:TOKEN')
      expect(text).not.toContain(hidden)
    }
    expect([`${token}`, inspect(token), JSON.stringify(token)]).toEqual([
      '[secret env:TOKEN]',
      '[secret env:TOKEN]',
      '"[secret env:TOKEN]"',
    ])
  })
})

describe('secret, unavailable', () => {
  const file = (name: string) => `file:${join(folder, name)}`

  it.each<[string, SecretOptions, RegExp]>([
    ['env:TOKEN', { environment: {} }, /^The secret env:TOKEN is not set\.$/],
    ['env:TOKEN', { environment: { TOKEN: '' } }, /^The secret env:TOKEN is empty\.$/],
    ['secret:binary', answering({ SecretBinary: 'aGk=' }), /is binary; only a secret string can be used\.$/],
    [
      'secret:text#key',
      answering({ SecretString: hidden }),
      /^The secret secret:text#key is not JSON, so it has no keys\.$/,
    ],
    ['secret:json#key', answering({ SecretString: `{"other":"${hidden}"}` }), /#key has no string under that key\.$/],
    ['secret:json#key', answering({ SecretString: `{"key":{"x":"${hidden}"}}` }), /has no string under that key\.$/],
    ['secret:json#0', answering({ SecretString: `"${hidden}"` }), /has no string under that key\.$/],
    ['ssm:none', answering({}), /^The secret ssm:none has no value\.$/],
    ['ssm:none', answering({ status: 400, code: 'ParameterNotFound' }), /could not be read: ParameterNotFound: no\.$/],
  ])('says why %s has no value, and never what it holds', async (reference, { clients, environment }, message) => {
    const options = { ...(clients && { clients }), ...(environment && { environment }) }
    const error = await secret(reference, options)
      .value()
      .catch((error: unknown) => error)
    expect(error).toBeInstanceOf(SecretUnavailable)
    expect(error).toMatchObject({ code: 'SecretUnavailable', reference, message: expect.stringMatching(message) })
    expect(inspect(error, { depth: 10 })).not.toContain(hidden)
  })

  it('names a file that is not there', async () => {
    await expect(secret(file('none')).value()).rejects.toThrow(/could not be read: .*ENOENT.*none/)
  })

  it('shows no session token when AWS repeats what was signed', async () => {
    const message = 'It does not match.\n\nThe Canonical String:\nx-amz-security-token:IQoJEXAMPLETOKEN\n\nhost'
    const { clients } = answering({ status: 400, code: 'InvalidSignatureException', message })
    const error = await secret('ssm:x', { clients })
      .value()
      .catch((error: unknown) => error)
    expect(error).toMatchObject({
      message: 'The secret ssm:x could not be read: InvalidSignatureException: It does not match.',
      cause: { name: 'InvalidSignatureException' },
    })
    expect(inspect(error, { depth: 10, showHidden: true })).not.toContain('EXAMPLETOKEN')
  })

  it.each([
    ['throttling', 400, 'ThrottlingException', true],
    ['a server error', 500, 'InternalServerError', true],
    ['a denial', 400, 'AccessDeniedException', false],
  ])('marks %s as to be tried again or not', async (_, status, code, retryable) => {
    const { clients } = answering({ status, code })
    await expect(secret('ssm:x', { clients }).value()).rejects.toMatchObject({ retryable })
  })
})

describe('secret, given something else than a reference', () => {
  it.each([[hidden], [''], ['env:'], ['vault:x'], ['ENV:X']])('refuses %s without repeating it', (reference) => {
    const make = () => secret(reference)
    expect(make).toThrow(
      new InvalidOptions('secret: the reference must be env:NAME, file:PATH, ssm:NAME, secret:ID or secret:ID#KEY.'),
    )
  })

  it.each([
    [{ ttl: -1 }, 'secret: ttl must not be negative.'],
    [{ maxAge: 5 }, 'secret: maxAge is not an option.'],
  ])('refuses the options %j', (options, message) => {
    expect(() => secret('env:X', options as SecretOptions)).toThrow(message)
  })
})

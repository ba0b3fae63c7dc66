import { setTimeout as sleep } from 'node:timers/promises'
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { DescribeSecretCommand, GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { secret } from '@causeway-aws/auth'
import { rotateInSandbox, type SandboxRotation } from '../commands/sandbox-rotate.ts'
import { type AppClient, makeAppClient } from './app-client.ts'
import type { Flow } from './flow.ts'
import { deployRotation } from './rotation-stack.ts'

/** How long the app holds its secret, and how long the old one works: seconds, where a deployment has minutes. */
const held = 0.5
const grace = '2s'

/** An app that is in use while its secret is replaced. Each demo has one of its own. */
export const rotation: Flow = {
  name: 'rotation',
  title: 'A secret that cannot be done without is replaced while it is in use',
  steps(context) {
    const { home } = context.accounts
    const manager = new SecretsManagerClient(home)
    const log = { functionName: 'causeway-rotation', account: 'home' } as const
    let app: AppClient
    let before = ''
    const rotate = () => rotateInSandbox({ secret: app.secretArn, client: home })
    const read = async () => (await manager.send(new GetSecretValueCommand({ SecretId: app.secretArn }))).SecretString
    return [
      {
        title: 'home keeps the secret of a Cognito app client, which its credential-rotation may replace',
        async run(show) {
          const { functionArn, userPoolId } = await deployRotation(context, grace, show)
          app = await makeAppClient(home, { userPoolId, functionArn })
          context.undo.defer(() => app.remove())
          before = (await read()) ?? ''
        },
      },
      {
        title: 'the app asks for a token every 50 ms, while its secret is rotated:  sandbox rotate',
        log,
        async run(show) {
          const traffic = startTraffic(
            app,
            secret(`secret:${app.secretArn}`, { ttl: held, clients: { secretsManager: manager } }),
          )
          const rotated = await rotate().finally(() => sleep((held + 0.5) * 1_000))
          const { asked, refused, secrets } = await traffic.stop()
          expectRotated(rotated)
          for (const { step, milliseconds } of rotated.steps) show(`${step.padEnd(12)}  ${milliseconds} ms`)
          if (refused > 0 || secrets < 2) throw new Error(`${refused} of ${asked} were refused, by ${secrets} secrets.`)
          show(`${asked} tokens, none refused: the first by the old secret, the last by the new one`)
        },
      },
      {
        title: 'rotated too soon',
        refusal: 'RotationTooSoon',
        async run() {
          expectRotated(await rotate())
        },
      },
      {
        title: 'when no client can hold the old secret any more, home has it retired, and not in 5 minutes',
        log,
        async run() {
          for (let waited = 0; await isKept(); waited += 250) {
            if (waited > 20_000) throw new Error('The old secret has not been retired in 20 s.')
            await sleep(250)
            await retire()
          }
        },
      },
      { title: 'the old secret', refusal: 'invalid_client', run: () => app.token(before) },
      { title: 'the app gets a token by the new one', run: async () => app.token((await read()) ?? '') },
    ]

    async function isKept(): Promise<boolean> {
      const described = await manager.send(new DescribeSecretCommand({ SecretId: app.secretArn }))
      return Object.values(described.VersionIdsToStages ?? {}).some((labels) =>
        labels.some((label) => label.startsWith('causeway-retire-after-')),
      )
    }

    async function retire(): Promise<void> {
      const command = new InvokeCommand({ FunctionName: log.functionName, Payload: '{"retire":true}' })
      const { FunctionError, Payload = [] } = await new LambdaClient(home).send(command)
      if (FunctionError) throw new Error(JSON.parse(Buffer.from(Payload).toString()).errorMessage)
    }
  },
}

/** The emulator does not pass on the name of a function's error. */
function expectRotated({ rotated, steps }: SandboxRotation): void {
  if (rotated) return
  const { step, reason = '' } = steps.at(-1) ?? {}
  const name = reason.includes('is kept until') ? 'RotationTooSoon' : 'RotationFailed'
  throw Object.assign(new Error(name === 'RotationTooSoon' ? reason : `${step}: ${reason}`), { name })
}

/** Asks for a token every 50 ms by the secret that it holds, until it is stopped. */
function startTraffic(app: AppClient, held: { value(): Promise<string> }) {
  const stopped = new AbortController()
  const count = { asked: 0, refused: 0 }
  const seen = new Set<string>()
  const work = (async () => {
    while (!stopped.signal.aborted) {
      const value = await held.value()
      seen.add(value)
      count.asked += 1
      await app.token(value).catch((error: Error) => {
        if (error.name !== 'invalid_client') throw error
        count.refused += 1
      })
      await sleep(50)
    }
  })()
  work.catch(() => {}) // told by stop
  return {
    async stop() {
      stopped.abort()
      await work
      return { ...count, secrets: seen.size }
    },
  }
}

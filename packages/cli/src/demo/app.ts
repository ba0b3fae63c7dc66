import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { appCredentials, type CredentialProvider } from '@causeway-aws/auth'
import { createEdge, createMessage } from '@causeway-aws/edge'
import { type Apps, createApps } from '@causeway-aws/grants/apps'
import { defaultTable } from '../default-table.ts'
import { crossing } from './crossing.ts'
import type { Flow } from './flow.ts'
import { type AppUser, type DemoVendor, deployVendor, makeUser } from './vendor-stack.ts'

/** The longest that AWS gives a session, in seconds; a role that was assumed could give another one an hour at most. */
const halfADay = 43_200

/** A partner without an AWS account: it logs in, and is given sessions of a role that is for its app alone. */
export const app: Flow = {
  name: 'app',
  title: 'A partner without an AWS account logs in, and reaches its own edge only',
  steps(context) {
    const { accounts, stacks, undo } = context
    const way = crossing(context)
    const name = `demo-${crypto.randomUUID().slice(0, 8)}`
    const log = { functionName: 'causeway-credentials', account: 'home' } as const
    let apps: Apps
    let deployed: DemoVendor
    let user: AppUser
    let credentials: CredentialProvider
    const client = () => new SQSClient({ ...accounts.home, credentials })
    const send = (QueueUrl: string) =>
      client().send(new SendMessageCommand({ QueueUrl, MessageBody: 'order 1014', MessageGroupId: 'app' }))
    return [
      {
        title: 'home registers an app that may send to orders.fifo:  causeway app create',
        async run(show) {
          deployed = await deployVendor(context, show)
          const { vendor } = deployed
          user = await makeUser(accounts.home, vendor)
          undo.defer(() => user.remove())
          apps = createApps({ table: defaultTable, client: accounts.home })
          const { queueArn, keyArn } = stacks.orders
          const made = await apps.create({
            app: name,
            tenant: 'example',
            kind: 'external',
            users: [user.sub],
            edges: [{ queueArn, keyArn, actions: ['send'] }],
            maxDuration: halfADay,
            vendor,
          })
          show(made.roleArn ?? '')
        },
      },
      {
        title: 'the app logs in by SRP, and is given a session:  causeway credentials',
        log,
        async run() {
          credentials = appCredentials({ endpoint: deployed.endpoint, app: name, login: user.login })
          await credentials()
        },
      },
      {
        title: 'and one of 12 hours, by its own token:  causeway credentials --duration 43200',
        log,
        async run(show) {
          const login = { endpoint: deployed.endpoint, app: name, login: user.login }
          const { expiration } = await appCredentials({ ...login, duration: halfADay })()
          const left = ((expiration?.getTime() ?? 0) - Date.now()) / 1_000
          if (left < halfADay - 60) throw new Error(`It ends in ${Math.round(left)} s.`)
          show(`until ${expiration?.toISOString()}`)
        },
      },
      {
        title: 'the app sends "order 1013" to orders.fifo in home',
        async run() {
          const message = createMessage({ type: 'order', body: 'order 1013' })
          way.begin(message)
          await createEdge({ queueUrl: stacks.orders.queueUrl, client: client() }).send([message])
        },
      },
      way.forwarded(),
      way.printed('order 1013'),
      { title: "another's edge", refusal: 'AccessDenied', run: () => send(stacks.answers.queueUrl) },
      {
        title: 'home disables it:  causeway app disable',
        async run(show) {
          const { done } = await apps.disable(name)
          for (const sentence of done) show(sentence)
        },
      },
      { title: 'session it still has', refusal: 'AccessDenied', run: () => send(stacks.orders.queueUrl) },
      {
        title: 'another session',
        refusal: 'VendorRefused',
        log,
        run: () => appCredentials({ endpoint: deployed.endpoint, app: name, login: user.login })(),
      },
    ]
  },
}

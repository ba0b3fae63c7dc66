import { arnParts } from '@causeway-aws/auth'
import { type App, type CredentialVendor, iamPolicy, isServed } from '@causeway-aws/grants/apps'
import { appOfTenant } from './find-app.ts'
import { queueUrl } from './show-app.ts'
import type { Caller } from './token.ts'

interface QueriesOptions {
  vendor: CredentialVendor
  caller: Caller
  signal: AbortSignal
}

interface Named {
  name: string
  tenant: string
}

/** EchoStream's clients run an auditor on each message. This one finds nothing to record. */
const auditor = 'def auditor(*, message):\n    return {}\n'

/** What each query of the GraphQL entry comes to. A function is called when its field is asked for. */
export function queries({ vendor, caller, signal }: QueriesOptions): object {
  const vend = (app: string, duration?: number) => vendor.vend(app, caller, { duration, signal })
  return {
    GetApp: async ({ name, tenant }: Named) => {
      const app = await appOfTenant(vendor, caller, name, tenant)
      return {
        ...shownApp(app),
        iamPolicy: () => jsonOf(iamPolicy(app)),
        GetAwsCredentials: ({ duration }: { duration: number }) => vend(app.app, duration),
      }
    },
    GetNode: async ({ name, tenant }: Named) => shownNode(await appOfTenant(vendor, caller, name, tenant)),
    // It does not say of which app: EchoStream gives each app a user of its own.
    GetBulkDataStorage: async ({ tenant, count }: { tenant: string; count: number }) => {
      const app = await appOfTenant(vendor, caller, caller.userName, tenant)
      const { bulkDataStorage } = await import('./bulk-data.ts')
      return bulkDataStorage(app, count, () => vend(app.app))
    },
  }
}

function shownApp({ app, kind, table }: App) {
  return {
    __typename: kind === 'external' ? 'ExternalApp' : 'CrossAccountApp',
    name: app,
    auditRecordsEndpoint: '',
    tableAccess: table !== undefined,
  }
}

/** To a program that starts as it, the node of an app that is disabled is one that is stopped. */
function shownNode(app: App) {
  const { app: name, edges, node = {} } = app
  const messageType = (type: string | undefined) => type && { name: type, auditor }
  const on = (action: 'send' | 'receive') =>
    edges
      .filter(({ actions }) => actions.includes(action))
      .map(({ queueArn }) => {
        const [own, other] = [{ name }, { name: arnParts(queueArn).resource }]
        return {
          messageType: messageType(action === 'send' ? node.sends : node.receives),
          queue: queueUrl(queueArn),
          ...(action === 'send' ? { source: own, target: other } : { source: other, target: own }),
        }
      })
  return {
    __typename: 'ExternalNode',
    name,
    tenant: shownTenant(app),
    app: shownApp(app),
    config: jsonOf(node.configuration),
    receiveEdges: on('receive'),
    receiveMessageType: messageType(node.receives),
    sendEdges: on('send'),
    sendMessageType: messageType(node.sends),
    stopped: node.stopped === true || !isServed(app),
  }
}

function shownTenant({ tenant, edges, bodies, audit, table }: App) {
  const [arn = ''] = [
    ...edges.map(({ queueArn }) => queueArn),
    ...(table ? [table.tableArn] : []),
    ...[...bodies, ...(audit ? [audit] : [])].map(({ keyArn }) => keyArn),
  ]
  return {
    name: tenant,
    audit: false,
    region: arnParts(arn).region,
    table: table && arnParts(table.tableArn).resource.replace(/^table\//, ''),
  }
}

const jsonOf = (value: object | undefined) => value && JSON.stringify(value)

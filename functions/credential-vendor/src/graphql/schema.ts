import type { GraphQLSchema } from 'graphql/type'
import { buildSchema } from 'graphql/utilities'

/**
 * What of EchoStream's schema its clients ask for. They fetch it first and hold their own queries against it, so it has the
 * kinds of node and of app, too, that there are none of here.
 */
export const schema: GraphQLSchema = buildSchema(`
"JSON, as text."
scalar AWSJSON

type Query {
  "An app of the caller's."
  GetApp(name: String!, tenant: String!): App
  "Where the app that is called as the caller's user may store large bodies, each once, and get them again."
  GetBulkDataStorage(
    tenant: String!
    "1 to 20."
    count: Int = 20
    "Has no effect: the buckets of edges have no such endpoint."
    useAccelerationEndpoint: Boolean = false
  ): [BulkDataStorage!]
  "The node of an app of the caller's. It is called as its app."
  GetNode(name: String!, tenant: String!): Node
}

interface App {
  name: String!
}

"An app that uses its edges by a role of its own, and all else by credentials of the vendor."
type CrossAccountApp implements App {
  name: String!
  "Always empty: there is no such endpoint."
  auditRecordsEndpoint: String
  config: AWSJSON
  "What the role needs that uses its edges."
  iamPolicy: AWSJSON
  tableAccess: Boolean!
  "A session of its role, of so many seconds: 900 to 43200. With an access token 3600 at most."
  GetAwsCredentials(duration: Int = 3600): AwsCredentials
}

"An app that does all that it does by credentials of the vendor."
type ExternalApp implements App {
  name: String!
  "Always empty: there is no such endpoint."
  auditRecordsEndpoint: String
  config: AWSJSON
  "What the role needs that uses its edges."
  iamPolicy: AWSJSON
  tableAccess: Boolean!
  "A session of its role, of so many seconds: 900 to 43200. With an access token 3600 at most."
  GetAwsCredentials(duration: Int = 3600): AwsCredentials
}

"There is none here."
type ManagedApp implements App {
  name: String!
  auditRecordsEndpoint: String
  config: AWSJSON
  tableAccess: Boolean!
  GetAwsCredentials(duration: Int = 3600): AwsCredentials
}

type AwsCredentials {
  accessKeyId: String!
  secretAccessKey: String!
  sessionToken: String!
  "In ISO 8601."
  expiration: String!
}

interface Node {
  name: String!
  tenant: Tenant!
}

type ExternalNode implements Node {
  name: String!
  tenant: Tenant!
  app: App
  config: AWSJSON
  receiveEdges: [Edge!]
  receiveMessageType: MessageType
  sendEdges: [Edge!]
  sendMessageType: MessageType
  stopped: Boolean!
}

"There is none here."
type ManagedNode implements Node {
  name: String!
  tenant: Tenant!
  app: ManagedApp
  config: AWSJSON
  receiveEdges: [Edge!]
  receiveMessageType: MessageType
  sendEdges: [Edge!]
  sendMessageType: MessageType
  stopped: Boolean!
}

"There is none here."
type AppChangeReceiverNode implements Node {
  name: String!
  tenant: Tenant!
  app: App
  receiveEdge: Edge
  receiveMessageType: MessageType
}

"A queue."
type Edge {
  messageType: MessageType
  "Its URL."
  queue: String!
  source: EdgeEnd!
  target: EdgeEnd!
}

"The node at an end of an edge. The one that is not the caller's is called as the queue."
type EdgeEnd {
  name: String!
}

type MessageType {
  name: String!
  "Python, which EchoStream's clients run on each message. This one returns nothing."
  auditor: String!
}

type Tenant {
  name: String!
  "Always false: there is no endpoint for records."
  audit: Boolean!
  config: AWSJSON
  region: String!
  "The table of whose rows the app may use some."
  table: String
}

type BulkDataStorage {
  "Until when what is stored can be got, and stored, in seconds since 1970."
  expiration: Int!
  presignedGet: String!
  presignedPost: PresignedPost!
  presignedPut: PresignedPut!
}

type PresignedPost {
  fields: AWSJSON!
  url: String!
}

type PresignedPut {
  headers: AWSJSON!
  url: String!
}
`)

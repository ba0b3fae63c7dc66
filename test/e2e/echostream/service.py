"""What a node of EchoStream asks of EchoStream when it starts: a login, and where its edges are.

The login is the emulator's Cognito. The API is a stand-in of ours: its schema is what the queries of echostream-node ask for.
"""

import json
import os
import secrets
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import boto3
from graphql import build_schema, graphql_sync

SCHEMA = build_schema("""
type Query { GetNode(name: String!, tenant: String!): Node }
interface Node { name: String, tenant: Tenant }
type ExternalNode implements Node {
  name: String, tenant: Tenant, app: App, config: String, stopped: Boolean
  receiveEdges: [Edge], receiveMessageType: MessageType, sendEdges: [Edge], sendMessageType: MessageType
}
type ManagedNode implements Node {
  name: String, tenant: Tenant, app: ManagedApp, config: String, stopped: Boolean
  receiveEdges: [Edge], receiveMessageType: MessageType, sendEdges: [Edge], sendMessageType: MessageType
}
type AppChangeReceiverNode implements Node {
  name: String, tenant: Tenant, app: App, receiveEdge: Edge, receiveMessageType: MessageType
}
union App = CrossAccountApp | ExternalApp | ManagedApp
type CrossAccountApp { auditRecordsEndpoint: String, config: String, name: String, tableAccess: Boolean }
type ExternalApp { auditRecordsEndpoint: String, config: String, name: String, tableAccess: Boolean }
type ManagedApp { auditRecordsEndpoint: String, config: String, name: String, tableAccess: Boolean }
type Edge { queue: String, source: Node, target: Node }
type MessageType { auditor: String, name: String }
type Tenant { audit: Boolean, config: String, region: String, table: String }
""")


def log_in_as(user, pool_name):
    """Makes a user of a new pool and says the login in the environment, which is where a node looks for it."""
    cognito = boto3.client("cognito-idp")
    pool = cognito.create_user_pool(PoolName=pool_name)["UserPool"]["Id"]
    flows = ["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
    client = cognito.create_user_pool_client(UserPoolId=pool, ClientName=pool_name, ExplicitAuthFlows=flows)
    password = secrets.token_urlsafe(24) + "aA1!"
    cognito.admin_create_user(UserPoolId=pool, Username=user, MessageAction="SUPPRESS")
    cognito.admin_set_user_password(UserPoolId=pool, Username=user, Password=password, Permanent=True)
    keys = f"{cognito.meta.endpoint_url}/{pool}/.well-known/jwks.json"
    with urllib.request.urlopen(keys, timeout=10) as answer:
        os.environ["COGNITO_JWKS"] = repr(json.load(answer))  # pycognito would ask AWS for them
    os.environ |= {
        "USER_POOL_ID": pool,
        "CLIENT_ID": client["UserPoolClient"]["ClientId"],
        "USER_NAME": user,
        "PASSWORD": password,
    }


def serve(node):
    """Answers GetNode, on a free port, with the node of that dictionary, and says in the environment where."""

    class Api(BaseHTTPRequestHandler):
        def do_POST(self):
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            root = {"GetNode": lambda info, name, tenant: {"name": name, **node}}
            result = graphql_sync(SCHEMA, request["query"], root, variable_values=request.get("variables"))
            body = json.dumps(result.formatted).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Api)
    Thread(target=server.serve_forever, daemon=True).start()
    os.environ["APPSYNC_ENDPOINT"] = f"http://127.0.0.1:{server.server_port}/graphql"

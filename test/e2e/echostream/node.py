"""A node of EchoStream's published package, as it is, on edges of ours: one line of JSON for each message, in and out.

    eval "$(npx causeway sandbox env home)"
    .venv/test/bin/python test/e2e/echostream/node.py --receive QUEUE_URL --send QUEUE_URL

It prints what it receives, and sends what it reads: {"body": "...", "group_id": "...", "previous_tracking_ids": ["..."]}, all
but the body optional. With --lambda each line is a Lambda function's SQS event instead, which a Lambda node handles. A line
{"bulk": "..."} is stored as bulk data. With --vended it logs in, and is told its edges, where the environment says: at a vendor of ours.
"""

import argparse
import json
import logging
import os
import sys
import threading

for variable in ("AWS_PROFILE", "AWS_DEFAULT_PROFILE"):
    if os.environ.get(variable) == "":
        del os.environ[variable]  # to Python's SDK alone the empty one is a profile, which is missing

import boto3
from echostream_node import Message, MessageType
from echostream_node.threading import AppNode, LambdaNode
from service import log_in_as, serve


showing = threading.Lock()


def show(**line):
    with showing:  # A node hands over messages in threads, and what two of them print at once becomes one line.
        print(json.dumps(line), flush=True)


def described(message):
    return {
        "body": message.body,
        "groupId": message.group_id,
        "length": len(message),
        "messageType": message.message_type.name,
        "previousTrackingIds": message.previous_tracking_ids,
        "trackingId": message.tracking_id,
    }


class ShowReceived:
    def handle_received_message(self, *, message, source):
        show(received=described(message), source=source)


class ShowingAppNode(ShowReceived, AppNode):
    pass


class ShowingLambdaNode(ShowReceived, LambdaNode):
    pass


def known(node):
    """What the node was told of itself."""
    return {
        "app": node.app_type,
        "config": node.config,
        "receives": node.receive_message_type and node.receive_message_type.name,
        "sends": node.send_message_type and node.send_message_type.name,
        "sources": {edge.name: edge.queue for edge in node.sources},
        "stopped": node.stopped,
        "targets": {edge.name: edge.queue for edge in node.targets},
    }


def stand_in_for_echostream(options):
    auditor = "def auditor(*, message):\n    return {}\n"
    os.environ |= {"NODE": options.name, "TENANT": "causeway"}
    log_in_as("node", "echostream")
    serve({
        "__typename": "ExternalNode",
        # The messages of such an app's node go by the node's own AWS credentials.
        "app": {"__typename": "CrossAccountApp", "name": "app", "auditRecordsEndpoint": "", "tableAccess": False},
        "receiveEdges": [{"queue": url, "source": named("source")} for url in options.receive],
        "receiveMessageType": {"name": "order", "auditor": auditor},
        "sendEdges": [{"queue": url, "target": named(url)} for url in options.send],
        # With one, a threading node of 0.3.18 does not start: it asks itself for the attribute "auditaudit".
        "sendMessageType": None,
        "stopped": False,
        "tenant": {"audit": False, "region": boto3.Session().region_name},
    })


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--lambda", action="store_true", dest="is_lambda")
    parser.add_argument("--name", default="echo node")
    parser.add_argument("--receive", action="append", default=[], metavar="QUEUE_URL")
    parser.add_argument("--send", action="append", default=[], metavar="QUEUE_URL")
    parser.add_argument("--vended", action="store_true")
    options = parser.parse_args()
    logging.basicConfig(level=logging.WARNING)
    if not options.vended:
        stand_in_for_echostream(options)
    if options.is_lambda:
        node = ShowingLambdaNode()
        show(started=node.name, **known(node))
        for line in sys.stdin:
            show(answer=node.handle_event(json.loads(line)))
        return
    node = ShowingAppNode()
    node.start()
    show(started=node.name, **known(node))
    order = MessageType(auditor=lambda *, message: {}, name="order")
    for line in sys.stdin:
        fields = json.loads(line)
        if "bulk" in fields:
            show(stored=node.handle_bulk_data(fields["bulk"].encode()))
            continue
        message = Message(message_type=order, **fields)
        node.send_message(message)
        show(sent=described(message))
    node.stop()
    node.join()


def named(name):
    return {"__typename": "ExternalNode", "name": name}


if __name__ == "__main__":
    main()

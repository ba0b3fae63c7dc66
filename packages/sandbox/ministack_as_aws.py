"""Starts MiniStack as AWS is where the two differ.

That is in its access control, in who sent a message, in Object Lock and lifecycle rules, in what is said of triggers, and in what a
function's log tells; of secrets and access keys in credentials_as_aws.py.
Each correction names AWS's page and is shown by a test in packages/sandbox/test. It goes when MiniStack has it.
"""

import json
import os
from dataclasses import replace
from pathlib import Path

import credentials_as_aws
from kafka import access
from ministack import app
from ministack.core import iam_actions, iam_evaluator, lambda_runtime
from ministack.services import kinesis, lambda_svc, msk, s3, sqs, sts
from ministack.services.cloudformation import provisioners

# A batch needs the right to the single action; there is no right of the batch's own name.
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsqs.html
SINGLE_ACTIONS = {
    "sqs:SendMessageBatch": "sqs:SendMessage",
    "sqs:DeleteMessageBatch": "sqs:DeleteMessage",
    "sqs:ChangeMessageVisibilityBatch": "sqs:ChangeMessageVisibility",
}

extract_iam_action = iam_actions.extract_iam_action
extract_resource_arn = iam_actions.extract_resource_arn
evaluate_trust_policy = iam_evaluator.evaluate_trust_policy
evaluate_resource_policy = iam_evaluator.evaluate_resource_policy
build_send_sys_attrs = sqs._build_send_sys_attrs
run_sqs_batch = lambda_svc._run_sqs_batch
invoke = lambda_runtime.Worker.invoke
pre_body_request = app._handle_pre_body_request
bootstrap_strings = msk._bootstrap_strings
dispatch = s3._dispatch
create_event_source_mapping = provisioners._lambda_esm_create


def single_action(*args, **kwargs):
    action = extract_iam_action(*args, **kwargs)
    return SINGLE_ACTIONS.get(action, action)


def resource_of_kinesis(service, method, path, headers, body, *args, **kwargs):
    """An iterator is of one stream, and a role needs the right to read that one; of a consumer it needs that to the consumer.

    https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonkinesisdatastreams.html
    """
    arn = extract_resource_arn(service, method, path, headers, body, *args, **kwargs)
    if service != "kinesis" or arn != "*":
        return arn
    iterator = kinesis._shard_iterators.get(iam_actions._safe_json_field(body, "ShardIterator"))
    return iterator["stream_arn"] if iterator else iam_actions._safe_json_field(body, "ConsumerARN") or arn


def trust_without_root(document, caller_arn, context):
    """An account's root user cannot assume a role, whatever the role trusts.

    https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
    """
    if context.action == "sts:AssumeRole" and caller_arn.endswith(":root"):
        return False
    return evaluate_trust_policy(document, caller_arn, context)


def bucket_policy_of_caller(document, context, *args, **kwargs):
    """A bucket's policy may let in one role of another account, and not only the whole account.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/example-walkthroughs-managing-access-example2.html
    """
    if context.action.startswith("s3:") and context.principal_type == "Root":
        context = replace(context, principal_arn=iam_evaluator.caller_arn())
    return evaluate_resource_policy(document, context, *args, **kwargs)


def keep_expired_sessions():
    """An expired session is refused as expired, also once its role has been assumed again.

    https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html
    """


def invoke_with_load_error(worker, *args, **kwargs):
    """What a function wrote, and threw, while it was loaded is in its log.

    https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-invocation.html
    """
    try:
        return invoke(worker, *args, **kwargs)
    except RuntimeError as error:
        log = worker._drain_stderr_bounded()
        worker.kill()
        return {"status": "error", "error": str(error), "log": log}


def sent_by(*args):
    """The sender of a message is the user, or the role and its session, that sent it, of whatever account.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html
    """
    attributes = build_send_sys_attrs(*args)
    sender = iam_evaluator.resolve_caller_identity(iam_evaluator._verified_key.get())
    return {**attributes, "SenderId": sender["userId"]} if sender else attributes


def run_with_senders(trigger, function, event, batch, *queue):
    """A function is told the same.

    https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
    """
    senders = {message["id"]: message["sys"]["SenderId"] for message in batch}
    for record in event["Records"]:
        record["attributes"]["SenderId"] = senders[record["messageId"]]
    return run_sqs_batch(trigger, function, event, batch, *queue)


def dispatch_to_expected_owner(method, bucket, key, headers, *args):
    """A request that expects another owner of its bucket is refused, whatever it may do there.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html
    """
    expected = headers.get("x-amz-expected-bucket-owner")
    if expected is not None and s3._bucket_owner_account(bucket) not in (None, expected):
        return s3._error("AccessDenied", "Access Denied", 403, f"/{bucket}")
    return dispatch(method, bucket, key, headers, *args)


def object_lock_xml(configuration):
    """A bucket of a stack has the Object Lock that its template gives it. A lock stays when the template drops it.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-s3-bucket-objectlockconfiguration.html
    """
    retention = configuration.get("Rule", {}).get("DefaultRetention", {})
    values = "".join(f"<{name}>{value}</{name}>" for name, value in retention.items())
    rule = f"<Rule><DefaultRetention>{values}</DefaultRetention></Rule>" if retention else ""
    return (
        f'<ObjectLockConfiguration xmlns="{s3.S3_NS}"><ObjectLockEnabled>Enabled</ObjectLockEnabled>'
        f"{rule}</ObjectLockConfiguration>"
    ).encode()


def keep_object_lock(_name):
    pass


def lifecycle_xml(configuration):
    """A bucket of a stack has the lifecycle rules of its template. They are only kept: nothing expires by them here.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-s3-bucket-rule.html
    """
    rules = "".join(f"<Rule><Filter/>{lifecycle_elements(rule)}</Rule>" for rule in configuration["Rules"])
    return f'<LifecycleConfiguration xmlns="{s3.S3_NS}">{rules}</LifecycleConfiguration>'.encode()


def lifecycle_elements(properties):
    return "".join(lifecycle_element(name, value) for name, value in properties.items())


def lifecycle_element(name, value):
    if name == "ExpirationInDays":
        return lifecycle_element("Expiration", {"Days": value})
    if name == "ExpiredObjectDeleteMarker":
        return f"<Expiration><{name}>{str(value).lower()}</{name}></Expiration>"
    name = {"Id": "ID"}.get(name, name)
    return f"<{name}>{lifecycle_elements(value) if isinstance(value, dict) else value}</{name}>"


def event_source_mapping_of_stack(*args):
    """A mapping that a stack makes disabled says so.

    https://docs.aws.amazon.com/lambda/latest/api/API_GetEventSourceMapping.html
    """
    made = create_event_source_mapping(*args)
    mapping = lambda_svc._esms[made[0]]
    mapping["State"] = "Enabled" if mapping["Enabled"] else "Disabled"
    return made


async def pre_body_request_or_kafka(method, path, headers, *args):
    """A cluster of MSK decides by IAM, which only the emulator knows."""
    answer = access.answer(path, headers)
    if answer is None:
        return await pre_body_request(method, path, headers, *args)
    status, text = answer
    return status, {"Content-Type": "text/plain"}, text.encode()


def bootstrap_strings_of_kafka(cluster_name):
    """The brokers of a cluster are those of the sandbox's Kafka, once it has been started.

    https://docs.aws.amazon.com/msk/1.0/apireference/clusters-clusterarn-bootstrap-brokers.html
    """
    record = Path(os.environ["CAUSEWAY_KAFKA_RECORD"])
    port = json.loads(record.read_text())["port"] if record.exists() else None
    brokers = {"BootstrapBrokerStringSaslIam": f"localhost:{port}"} if port else {}
    return {**bootstrap_strings(cluster_name), **brokers}


# MiniStack looks all of them up when it calls them, so they are found here.
iam_actions.extract_iam_action = single_action
iam_actions.extract_resource_arn = resource_of_kinesis
iam_evaluator.evaluate_trust_policy = trust_without_root
iam_evaluator.evaluate_resource_policy = bucket_policy_of_caller
sts._evict_expired_sessions = keep_expired_sessions
sqs._build_send_sys_attrs = sent_by
lambda_svc._run_sqs_batch = run_with_senders
provisioners._S3_BUCKET_CONFIGURATIONS += (
    ("ObjectLockConfiguration", object_lock_xml, s3._put_object_lock_configuration, keep_object_lock),
    ("LifecycleConfiguration", lifecycle_xml, s3._put_bucket_lifecycle, s3._delete_bucket_lifecycle),
)
provisioners._lambda_esm_create = event_source_mapping_of_stack
provisioners._RESOURCE_HANDLERS["AWS::Lambda::EventSourceMapping"]["create"] = event_source_mapping_of_stack
s3._dispatch = dispatch_to_expected_owner
lambda_runtime.Worker.invoke = invoke_with_load_error
# The first line of an invocation is waited for, then each that follows, then there are no more: in seconds, by default 0.05, 0.005
# and 0.25. A busy interpreter gives the thread that reads them no turn for 5 ms, and then the last of them are not in the log.
lambda_runtime.Worker._drain_stderr_bounded.__defaults__ = (0.1, 0.03, 1.0)
app._handle_pre_body_request = pre_body_request_or_kafka
msk._bootstrap_strings = bootstrap_strings_of_kafka
lambda_runtime._NODEJS_WORKER_SCRIPT = lambda_runtime._NODEJS_WORKER_SCRIPT.replace(
    'status: "error", error: e.message\n', 'status: "error", error: (console.error(e), e.message)\n'
)

credentials_as_aws.apply()

app.main()

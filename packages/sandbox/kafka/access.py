"""What the sandbox's Kafka asks of the emulator's IAM: whose token it is shown, and what they may do with a topic or a group.

As on MSK, identity policies and session policies decide, on the resources that AWS lists:
https://docs.aws.amazon.com/service-authorization/latest/reference/list_apachekafkaapisforamazonmskclusters.html
"""

import base64
from datetime import datetime, timezone
from urllib.parse import parse_qs, unquote, urlsplit

from ministack.core import iam_evaluator, responses, sigv4

# The access key that a principal connected with last: what it may do hangs on its session.
access_keys = {}


class Refused(Exception):
    pass


def answer(path, headers):
    """The status and the text of an answer to the broker; None where it is not the broker who asks."""
    question = QUESTIONS.get(path)
    if question is None:
        return None
    try:
        return 200, question(headers)
    except Refused as refusal:
        return 403, str(refusal)


def connect(headers):
    """A token is a presigned request to connect: https://github.com/aws/aws-msk-iam-sasl-signer-js"""
    url = urlsplit(base64.urlsafe_b64decode(headers["x-token"] + "==").decode())
    query = parse_qs(url.query, keep_blank_values=True)
    query.pop("User-Agent", None)  # added after it was signed
    signature = sigv4.parse_query_signature(query)
    if isinstance(signature, tuple):
        raise Refused(signature[1])
    if signature.service != "kafka-cluster" or query.get("Action") != ["kafka-cluster:Connect"]:
        raise Refused("the token is for something else")
    expires = int(float(query["X-Amz-Expires"][0]))  # the signer writes fractions of seconds
    if sigv4.presigned_request_is_expired(signature.amz_date, expires):
        raise Refused("the token has expired")
    key = signature.access_key_id
    account = account_of(key)
    credential = iam_evaluator.resolve_credential(key, account, query.get("X-Amz-Security-Token", [""])[0])
    if isinstance(credential, iam_evaluator.CredentialResolutionError):
        raise Refused(credential.message)
    failure = sigv4.header_signature_failure(
        signature, credential.secret_access_key, "GET", "/", query, {"host": url.netloc}, b"", presigned=True
    )
    if failure:
        raise Refused(failure[1])
    access_keys[credential.principal_arn] = key
    cluster = headers["x-cluster"]
    expect(credential.principal_arn, "Connect", cluster)
    signed = datetime.strptime(signature.amz_date, "%Y%m%dT%H%M%SZ").replace(tzinfo=timezone.utc)
    start = int(signed.timestamp() * 1000)
    return f"{credential.principal_arn}\n{start}\n{start + expires * 1000}"


def authorize(headers):
    cluster, kind, name = headers["x-cluster"], headers["x-kind"], unquote(headers["x-name"])
    resource = cluster if kind == "cluster" else f"{cluster.replace(':cluster/', f':{kind}/')}/{name}"
    expect(headers["x-principal"], headers["x-action"], resource)
    return ""


def expect(principal_arn, action, resource):
    key = access_keys.get(principal_arn)
    principal = key and iam_evaluator.resolve_principal(key, account_of(key))
    if not isinstance(principal, iam_evaluator.PrincipalInfo) or principal.policies is None:
        raise Refused(f"{principal_arn} has no session")
    context = iam_evaluator.EvalContext(
        principal_arn=principal.arn,
        principal_type=principal.type,
        principal_account=principal.account,
        action=f"kafka-cluster:{action}",
        resource_arn=resource,
        region=resource.split(":")[3],
        principal_keys=principal.keys,
    )
    decision = iam_evaluator.evaluate(context, principal.policies, *principal.limits).decision
    if decision != "Allow" or principal.account != resource.split(":")[4]:
        raise Refused(f"{principal.arn} is not authorized to perform kafka-cluster:{action} on {resource}")


def account_of(key):
    return responses._account_from_sts_session(key) or iam_evaluator.find_iam_access_key_account(key)


QUESTIONS = {"/_causeway/kafka/connect": connect, "/_causeway/kafka/authorize": authorize}

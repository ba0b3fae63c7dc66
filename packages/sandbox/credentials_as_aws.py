"""What MiniStack is made to do as AWS does, of secrets, access keys, boundaries and app clients.

Each correction names AWS's page and is shown by a test in packages/sandbox/test. It goes when MiniStack has it.
"""

import json
import time

from ministack.core import iam_actions, iam_evaluator
from ministack.core.responses import error_response_json, json_response, new_uuid
from ministack.services import cognito, iam, secretsmanager

enforce = iam_evaluator.enforce
list_secrets = secretsmanager._list_secrets
put = secretsmanager._put_secret_value
create_access_key = iam._create_access_key
run_idp_handler = cognito._run_idp_handler
validate_client_secret_hash = cognito._validate_client_secret_hash
dispatch_idp = cognito._dispatch_idp
oauth2_token = cognito._oauth2_token


def enforce_with_keys(access_key, action, service, region, resource_arn="*", service_context=None):
    """A role may be for the secrets that one function rotates, and for the roles that one boundary bounds.

    https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecretsmanager.html
    https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
    """
    if service == "iam" and ":role/" in resource_arn:
        boundary = (iam._roles.get(resource_arn.rsplit("/", 1)[-1]) or {}).get("PermissionsBoundary")
        if boundary:
            service_context = {**(service_context or {}), "iam:PermissionsBoundary": boundary}
    if service == "secretsmanager" and resource_arn != "*":
        _, secret = secretsmanager._resolve(resource_arn)
        function = (secret or {}).get("RotationLambdaARN")
        if function:
            key = {"secretsmanager:resource/AllowRotationLambdaArn": function}
            service_context = {**(service_context or {}), **key}
    return enforce(access_key, action, service, region, resource_arn=resource_arn, service_context=service_context)


def list_secrets_with_functions(data):
    """ListSecrets tells the rotation function of each.

    https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_SecretListEntry.html
    """
    status, headers, body = list_secrets(data)
    answer = json.loads(body)
    for entry in answer.get("SecretList", []):
        function = secretsmanager._secrets[entry["Name"]].get("RotationLambdaARN")
        if function:
            entry["RotationLambdaARN"] = function
    return status, headers, json.dumps(answer).encode()


def rotate_secret(data):
    """RotateSecret begins a version that is AWSPENDING, and leaves the rest to the function. `causeway sandbox rotate` calls that.

    https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_RotateSecret.html
    """
    _, secret = secretsmanager._resolve(data.get("SecretId"))
    if not secret:
        return error_response_json(
            "ResourceNotFoundException", "Secrets Manager can't find the specified secret.", 400
        )
    function = data.get("RotationLambdaARN") or secret.get("RotationLambdaARN")
    if not function:
        return error_response_json(
            "InvalidRequestException", "No Lambda rotation function ARN is associated with this secret.", 400
        )
    secret.update({"RotationLambdaARN": function, "RotationEnabled": True})
    if data.get("RotationRules"):
        secret["RotationRules"] = data["RotationRules"]
    answer = {"ARN": secret["ARN"], "Name": secret["Name"]}
    if data.get("RotateImmediately", True) is False:
        return json_response(answer)
    pending, version = secretsmanager._find_stage_version(secret, "AWSPENDING")
    if pending and "AWSCURRENT" not in version["Stages"]:
        return error_response_json(
            "InvalidRequestException",
            "A previous rotation isn't complete. That rotation will be reattempted.",
            400,
        )
    token = data.get("ClientRequestToken") or new_uuid()
    secretsmanager._remove_stage_everywhere(secret, "AWSPENDING")
    secret["Versions"][token] = {
        "SecretString": None,
        "SecretBinary": None,
        "CreatedDate": int(time.time()),
        "Stages": ["AWSPENDING"],
    }
    return json_response({**answer, "VersionId": token})


def put_secret_value(data):
    """A version that has a value keeps it, and a label that another version has goes to the new one.

    https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutSecretValue.html
    """
    _, secret = secretsmanager._resolve(data.get("SecretId"))
    version = ((secret or {}).get("Versions") or {}).get(data.get("ClientRequestToken"), {})
    if version.get("SecretString") not in (None, data.get("SecretString")):
        return error_response_json("ResourceExistsException", "The version exists, with another value.", 400)
    answer = put(data)
    for label in data.get("VersionStages") or []:
        if answer[0] == 200 and label != "AWSCURRENT":
            secretsmanager._remove_stage_everywhere(secret, label, except_version_id=data.get("ClientRequestToken"))
    return answer


def user_of_access_key(service, method, path, headers, body, query_params, *args, **kwargs):
    """Who may ask when a key was used last, may of certain users.

    https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
    """
    arn = extract_resource_arn(service, method, path, headers, body, query_params, *args, **kwargs)
    if service != "iam" or arn != "*":
        return arn
    key = iam._access_keys.get(iam_actions._query_param(query_params, "AccessKeyId"))
    return f"arn:aws:iam::{iam.get_account_id()}:user/{key['UserName']}" if key else arn


def create_one_of_two_access_keys(params):
    """A user has two access keys at most.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
    """
    user = iam._p(params, "UserName")
    if sum(key["UserName"] == user for key in iam._access_keys.values()) >= 2:
        return iam._error(409, "LimitExceeded", "Cannot exceed quota for AccessKeysPerUser: 2", ns="iam")
    return create_access_key(params)


def app_client(data):
    pool, error = cognito._resolve_pool(data.get("UserPoolId"))
    client = None if error else pool["_clients"].get(data.get("ClientId"))
    if client is None:
        return None, error or error_response_json("ResourceNotFoundException", "User pool client does not exist.", 400)
    # Its first secret, as the second, has an id.
    client.setdefault("_secrets", [client_secret(client, client["ClientSecret"], client["CreationDate"])])
    return client, None


def client_secret(client, value, created):
    return {"id": f"{client['ClientId']}--{int(created * 1000)}", "value": value, "created": created}


def add_user_pool_client_secret(data):
    """An app client has two secrets at most, and takes either.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AddUserPoolClientSecret.html
    """
    client, error = app_client(data)
    if error:
        return error
    if len(client["_secrets"]) >= 2:
        return error_response_json("LimitExceededException", "An app client has two secrets at most.", 400)
    given = data.get("ClientSecret")
    secret = client_secret(client, given or cognito._client_secret(), time.time())
    client["_secrets"].append(secret)
    return json_response({"ClientSecretDescriptor": described(secret, () if given else ("ClientSecretValue",))})


def described(secret, shown=()):
    answer = {"ClientSecretId": secret["id"], "ClientSecretCreateDate": secret["created"]}
    return {**answer, **({"ClientSecretValue": secret["value"]} if shown else {})}


def list_user_pool_client_secrets(data):
    client, error = app_client(data)
    return error or json_response({"ClientSecrets": [described(secret) for secret in client["_secrets"]]})


def delete_user_pool_client_secret(data):
    client, error = app_client(data)
    if error:
        return error
    kept = [secret for secret in client["_secrets"] if secret["id"] != data.get("ClientSecretId")]
    if len(kept) == len(client["_secrets"]):
        return error_response_json("ResourceNotFoundException", "No such secret of the app client.", 400)
    if not kept:
        return error_response_json("InvalidParameterException", "The last secret of an app client stays.", 400)
    client["_secrets"] = kept
    client["ClientSecret"] = kept[0]["value"]
    return json_response({})


CLIENT_SECRETS = {
    "AddUserPoolClientSecret": add_user_pool_client_secret,
    "ListUserPoolClientSecrets": list_user_pool_client_secrets,
    "DeleteUserPoolClientSecret": delete_user_pool_client_secret,
}


async def dispatch_idp_with_client_secrets(action, data):
    handler = CLIENT_SECRETS.get(action)
    return handler(data) if handler else await dispatch_idp(action, data)


def validate_hash_of_either_secret(action, data):
    client = client_of(data.get("ClientId"))
    return of_either(client, lambda: validate_client_secret_hash(action, data), lambda error: error is None)


def token_by_either_secret(data, query_params, body, headers):
    form = cognito.parse_qs(body.decode()) if body else {}
    client = client_of((form.get("client_id") or [basic_user(headers)])[0])
    return of_either(client, lambda: oauth2_token(data, query_params, body, headers), lambda it: it[0] == 200)


def basic_user(headers):
    import base64

    kind, _, encoded = (headers.get("authorization") or "").partition(" ")
    return base64.b64decode(encoded).decode().split(":")[0] if kind == "Basic" else None


def client_of(client_id):
    pool, _ = cognito._pool_for_client(client_id) if client_id else (None, None)
    return (pool or {}).get("_clients", {}).get(client_id)


def of_either(client, attempt, is_good):
    secrets = (client or {}).get("_secrets", [])
    first = attempt()
    for secret in secrets[1:]:
        if is_good(first):
            break
        client["ClientSecret"] = secret["value"]
        try:
            first = attempt()
        finally:
            client["ClientSecret"] = secrets[0]["value"]
    return first


def apply():
    """MiniStack looks all of them up when it calls them, so they are found."""
    global extract_resource_arn
    extract_resource_arn = iam_actions.extract_resource_arn  # corrected already
    iam_actions.extract_resource_arn = user_of_access_key
    iam_evaluator.enforce = enforce_with_keys
    secretsmanager._list_secrets = list_secrets_with_functions
    secretsmanager._rotate_secret = rotate_secret
    secretsmanager._put_secret_value = put_secret_value
    next(
        handlers
        for handlers in vars(iam).values()
        if isinstance(handlers, dict) and handlers.get("CreateAccessKey") is create_access_key
    )["CreateAccessKey"] = create_one_of_two_access_keys
    cognito._dispatch_idp = dispatch_idp_with_client_secrets
    cognito._validate_client_secret_hash = validate_hash_of_either_secret
    cognito._oauth2_token = token_by_either_secret

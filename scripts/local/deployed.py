"""What a function of the sandbox is deployed with, and a session of its role, as JSON: python deployed.py FUNCTION"""

import json
import sys

import boto3

function = boto3.client("lambda").get_function_configuration(FunctionName=sys.argv[1])
iam, sts = boto3.client("iam"), boto3.client("sts")
role = function["Role"].split("/")[-1]
trust = iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]
ours = {"Effect": "Allow", "Principal": {"AWS": sts.get_caller_identity()["Arn"]}, "Action": "sts:AssumeRole"}

# Only Lambda may be the role. For this moment its account's administrator may, too.
iam.update_assume_role_policy(
    RoleName=role, PolicyDocument=json.dumps({**trust, "Statement": [*trust["Statement"], ours]})
)
try:
    session = sts.assume_role(RoleArn=function["Role"], RoleSessionName="local")["Credentials"]
finally:
    iam.update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps(trust))

settings = {name: function[name] for name in ("Runtime", "Handler", "Timeout", "MemorySize")}
credentials = {
    "AWS_ACCESS_KEY_ID": session["AccessKeyId"],
    "AWS_SECRET_ACCESS_KEY": session["SecretAccessKey"],
    "AWS_SESSION_TOKEN": session["SessionToken"],
}
json.dump({"settings": settings, "variables": function["Environment"]["Variables"], "credentials": credentials}, sys.stdout)

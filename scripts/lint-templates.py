"""Expands SAM templates as CloudFormation would, and lints what comes out: lint-templates.py TEMPLATE...

cfn-lint sees no bad runtime and no GetAtt of nothing inside an AWS::Serverless resource; after the expansion it does.
Prints a JSON list of {file, template, problems: [{where, message}]}. Runs offline, with the python of .venv/sam.
"""

import json
import os
import sys

os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")  # the translator asks boto3 which partition it is in

from cfnlint.api import ManualArgs, lint
from samtranslator.model.exceptions import InvalidDocumentException
from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse
from yaml import YAMLError


class NoManagedPolicies:
    """The names of AWS's managed policies, which the translator would ask IAM for. Our roles have none."""

    def load(self):
        return {}


def expand(source):
    template = yaml_parse(source)
    resources = template["Resources"]
    if "Transform" not in template:
        return template, []
    functions = {name: it for name, it in resources.items() if it["Type"] == "AWS::Serverless::Function"}
    for function in functions.values():
        function["Properties"]["CodeUri"] = "s3://bucket/key"  # as after packaging; the translator takes no folder
    # Without a role of its own a function gets SAM's, with managed policies and whatever its events ask for.
    made_by_sam = [
        {"where": f"Resources.{name}", "message": "needs Role: an explicit role, with no more than it needs"}
        for name, function in functions.items()
        if "Role" not in function["Properties"]
    ]
    return transform(template, {}, NoManagedPolicies()), made_by_sam


def report(file):
    with open(file, encoding="utf-8") as handle:
        source = handle.read()
    try:
        template, problems = expand(source)
    except (InvalidDocumentException, YAMLError) as error:
        causes = [{"where": "", "message": str(cause)} for cause in getattr(error, "causes", [error])]
        return {"file": file, "template": {"Resources": {}}, "problems": causes}
    expanded = json.dumps(template)
    for match in lint(expanded, config=ManualArgs(regions=["us-east-1"])):
        where = ".".join(str(step) for step in getattr(match, "path", None) or [])
        problems.append({"where": where, "message": f"{match.rule.id} {match.message}"})
    return {"file": file, "template": json.loads(expanded), "problems": problems}


json.dump([report(file) for file in sys.argv[1:]], sys.stdout)

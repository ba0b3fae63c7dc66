"""Starts MiniStack with its access control as AWS's where the two differ.

Each correction names AWS's page and is shown by a test in packages/sandbox/test. It goes when MiniStack has it.
"""

from ministack.app import main
from ministack.core import iam_actions, iam_evaluator

# A batch needs the right to the single action; there is no right of the batch's own name.
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsqs.html
SINGLE_ACTIONS = {
    "sqs:SendMessageBatch": "sqs:SendMessage",
    "sqs:DeleteMessageBatch": "sqs:DeleteMessage",
    "sqs:ChangeMessageVisibilityBatch": "sqs:ChangeMessageVisibility",
}

extract_iam_action = iam_actions.extract_iam_action
evaluate_trust_policy = iam_evaluator.evaluate_trust_policy


def single_action(*args, **kwargs):
    action = extract_iam_action(*args, **kwargs)
    return SINGLE_ACTIONS.get(action, action)


def trust_without_root(document, caller_arn, context):
    """An account's root user cannot assume a role, whatever the role trusts.

    https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
    """
    if context.action == "sts:AssumeRole" and caller_arn.endswith(":root"):
        return False
    return evaluate_trust_policy(document, caller_arn, context)


# MiniStack imports both where it calls them, so they are found here.
iam_actions.extract_iam_action = single_action
iam_evaluator.evaluate_trust_policy = trust_without_root

main()

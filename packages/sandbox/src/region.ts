/**
 * The region of both accounts. In most regions AWS CLI v1 sends `aws sqs` to AWS itself, whatever AWS_ENDPOINT_URL says
 * (https://github.com/aws/aws-cli/blob/master/awscli/customizations/overridesslcommonname.py); in this one it does not.
 */
export const REGION = 'eu-central-2'

import type { AwsRequest } from './aws-request.ts'

/** What makes a table that checkpoints can be kept in. */
const making = (name: string, region: string): string =>
  `\`aws dynamodb create-table --table-name ${name} --region ${region} --billing-mode PAY_PER_REQUEST --attribute-definitions AttributeName=id,AttributeType=S --key-schema AttributeName=id,KeyType=HASH\``

/** What to do where the table of `--checkpoint` is not there. */
export const missingTable = ({ resource, region = 'that region' }: Pick<AwsRequest, 'resource' | 'region'>): string =>
  `--checkpoint: your own account has no table ${resource} in ${region}; make it by ${making(resource, region)}, or see that the name and --region are right.`

/** What to do where it is a table of something else. */
export const foreignTable = ({ resource, region = 'that region' }: Pick<AwsRequest, 'resource' | 'region'>): string =>
  `--checkpoint: the key of the table ${resource} is not that of checkpoints, a string \`id\` alone; make one by ${making('NAME', region)}.`

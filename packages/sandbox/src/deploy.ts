import { CloudFormationClient, type Stack, type StackEvent } from '@aws-sdk/client-cloudformation'
import { S3Client } from '@aws-sdk/client-s3'
import { bundleCode, codeFolders, uploadCode, withCode } from './code.ts'
import type { AccountName, Deployment, DeployOptions, SandboxCredentials } from './contract.ts'
import { clientOptions } from './credentials.ts'
import { DeploymentFailed, InvalidTemplate } from './errors.ts'
import { type LeftOut, submitKnown } from './left-out.ts'
import { checkLoading } from './loading.ts'
import { isOutdated } from './outdated.ts'
import { checkParameters, secretValues } from './parameters.ts'
import { type Change, changeStack, findStack } from './stack.ts'
import { readTemplate, type TemplateBody } from './template.ts'

/** Makes a stack as its template says. What is wrong in the template, the parameters or the code is found before anything is sent. */
export async function deploy(
  { template: path, account, stack, parameters = {}, build, onProgress = () => {} }: DeployOptions,
  credentialsOf: (account: AccountName) => Promise<SandboxCredentials>,
): Promise<Deployment> {
  const template = await readTemplate(path)
  checkStackName(stack)
  checkParameters(template, parameters)
  const built = new Set<string>()
  for (const { folder } of codeFolders(template)) if (await build?.(folder)) built.add(folder)
  const code = await bundleCode(template)
  for (const { folder, resource = 'Globals' } of code) {
    if (!built.has(folder) && (await isOutdated(folder))) {
      onProgress(`outdated  ${resource}  ${folder} is older than its sources; \`npm run build\` makes it anew`)
    }
  }
  await checkLoading(template, parameters)

  const failed = (reason: string): DeploymentFailed => {
    const shown = secretValues(template, parameters).reduce((text, secret) => text.replaceAll(secret, '****'), reason)
    return new DeploymentFailed(
      `Stack ${stack} in ${account} could not be made from ${path}: ${shown.replace(/\.?$/, '.')}`,
    )
  }
  const credentials = await credentialsOf(account)
  const client = new CloudFormationClient(clientOptions(credentials))
  const bucket = `causeway-code-${credentials.accountId}`
  await uploadCode(new S3Client(clientOptions(credentials)), bucket, code)

  const submit = (body: TemplateBody): Promise<Change | undefined> => {
    const input = {
      StackName: stack,
      TemplateBody: JSON.stringify(body),
      Parameters: Object.entries(parameters).map(([ParameterKey, ParameterValue]) => ({
        ParameterKey,
        ParameterValue,
      })),
    }
    return changeStack(client, input, (event) => report(event, onProgress))
  }
  const leftOut: string[] = []
  const onLeftOut = ({ id, type }: LeftOut): void => {
    leftOut.push(id)
    onProgress(`left out  ${id}  ${type}: the emulator does not know this type`)
  }
  const body = withCode(template.body, bucket, code)
  const change = await submitKnown(path, body, submit, onLeftOut).catch((error: Error) => {
    throw error instanceof InvalidTemplate ? error : failed(error.message)
  })

  const made = change === undefined ? await findStack(client, stack) : change.stack
  if (change !== undefined && !isAsWanted(made)) {
    const { LogicalResourceId, ResourceType, ResourceStatusReason } = change.failure ?? {}
    throw failed(`${LogicalResourceId} (${ResourceType}) failed: ${ResourceStatusReason}`)
  }
  const outputs = (made?.Outputs ?? []).map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue])
  return { outputs: Object.fromEntries(outputs), leftOut, changed: change !== undefined }
}

// https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html
function checkStackName(name: string): void {
  if (/^[a-zA-Z][-a-zA-Z0-9]{0,127}$/.test(name)) return
  throw new InvalidTemplate(
    `A stack's name is a letter and then up to 127 letters, digits and hyphens; ${JSON.stringify(name)} is not.`,
  )
}

function isAsWanted(stack: Stack | undefined): boolean {
  return stack?.StackStatus === 'CREATE_COMPLETE' || stack?.StackStatus === 'UPDATE_COMPLETE'
}

const VERBS: Readonly<Record<string, string>> = {
  CREATE_COMPLETE: 'created ',
  UPDATE_COMPLETE: 'updated ',
  DELETE_COMPLETE: 'deleted ',
  CREATE_FAILED: 'failed  ',
  UPDATE_FAILED: 'failed  ',
  DELETE_FAILED: 'failed  ',
}

/** One line for each resource that reached an end; the stack itself is none. */
function report(
  { ResourceStatus, ResourceType, LogicalResourceId }: StackEvent,
  onProgress: (line: string) => void,
): void {
  const verb = VERBS[ResourceStatus ?? '']
  if (verb === undefined || ResourceType === 'AWS::CloudFormation::Stack') return
  onProgress(`${verb}  ${LogicalResourceId}  ${ResourceType}`)
}

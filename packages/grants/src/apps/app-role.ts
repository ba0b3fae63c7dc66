import type { IAMClient } from '@aws-sdk/client-iam'
import { arnParts, type PolicyDocument } from '@causeway-aws/auth'
import type { App } from './app.ts'
import { AppExists } from './app-error.ts'
import { roleNameOf } from './role-name.ts'

/** The role of an app, as IAM has it. */
export interface AppRole {
  /** Makes it, or has it follow the app's record where it is there already; gives its ARN. */
  follow(app: App, policy: PolicyDocument | undefined): Promise<string>
  /** Lets nobody have a session any more. False where there is no role, and so no session. */
  close(app: App): Promise<boolean>
  /** Writes an inline policy. */
  put(roleName: string, policyName: string, policy: object): Promise<void>
}

/** The tag of a role that says which app's it is. */
const appTag = 'causeway:app'

/**
 * Who may have a session of an app's role: nobody of one that is disabled, else the vendor's function, and, for sessions that role chaining is too short for, those
 * users that the app is for, by the token that the user pool has given them.
 *
 * A role as the principal would turn into an id, and the statement would break in silence when the stack is made again.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-wif
 */
export function appTrustPolicy(app: App): object {
  const { account, users, maxDuration } = app
  const { roleArn, userPoolId, clientId } = app.vendor
  if (app.state === 'disabling' || app.state === 'disabled') return nobody
  const { partition, resource } = arnParts(roleArn)
  const roleName = resource.split('/').at(-1)
  const provider = `cognito-idp.${userPoolId.split('_')[0]}.amazonaws.com/${userPoolId}`
  return {
    Version: '2012-10-17',
    Statement: [
      {
        Sid: 'Vendor',
        Effect: 'Allow',
        Principal: { AWS: `arn:${partition}:iam::${account}:root` },
        Action: ['sts:AssumeRole', 'sts:SetSourceIdentity', 'sts:TagSession'],
        // For a session aws:PrincipalArn is the role's ARN in AWS, and the session's in emulators.
        Condition: {
          ArnLike: { 'aws:PrincipalArn': [roleArn, `arn:${partition}:sts::${account}:assumed-role/${roleName}/*`] },
        },
      },
      ...(maxDuration > 3_600
        ? [
            {
              Sid: 'Users',
              Effect: 'Allow',
              Principal: { Federated: `arn:${partition}:iam::${account}:oidc-provider/${provider}` },
              Action: 'sts:AssumeRoleWithWebIdentity',
              Condition: { StringEquals: { [`${provider}:aud`]: clientId, [`${provider}:sub`]: users } },
            },
          ]
        : []),
    ],
  }
}

const nobody = {
  Version: '2012-10-17',
  Statement: [
    {
      Sid: 'Disabled',
      Effect: 'Deny',
      Principal: '*',
      Action: ['sts:AssumeRole', 'sts:AssumeRoleWithWebIdentity'],
    },
  ],
}

export function appRole(open: () => Promise<IAMClient>): AppRole {
  async function put(RoleName: string, PolicyName: string, policy: object): Promise<void> {
    const { PutRolePolicyCommand } = await import('@aws-sdk/client-iam')
    const client = await open()
    await client.send(new PutRolePolicyCommand({ RoleName, PolicyName, PolicyDocument: JSON.stringify(policy) }))
  }

  /** What the role is made with, where there is one. */
  async function change(app: App, { RoleName, AssumeRolePolicyDocument, PermissionsBoundary, ...plain }: Made) {
    const sdk = await import('@aws-sdk/client-iam')
    const client = await open()
    const { Role } = await client.send(new sdk.GetRoleCommand({ RoleName }))
    if (!Role?.Tags?.some(({ Key, Value }) => Key === appTag && Value === app.app)) {
      throw new AppExists(
        `There is a role ${RoleName} already that is no app's: it has no tag ${appTag}. Delete it, or call the app otherwise.`,
      )
    }
    // The trust first: whoever is let in no more has no new session whose policy is changed too late.
    const PolicyDocument = AssumeRolePolicyDocument
    await client.send(new sdk.UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument }))
    await client.send(new sdk.PutRolePermissionsBoundaryCommand({ RoleName, PermissionsBoundary }))
    await client.send(new sdk.UpdateRoleCommand({ RoleName, ...plain }))
    return Role.Arn ?? ''
  }

  return {
    put,
    async close(app) {
      const { NoSuchEntityException, UpdateAssumeRolePolicyCommand } = await import('@aws-sdk/client-iam')
      const client = await open()
      const PolicyDocument = JSON.stringify(nobody)
      const command = new UpdateAssumeRolePolicyCommand({ RoleName: roleNameOf(app.app), PolicyDocument })
      return client.send(command).then(
        () => true,
        (error: unknown) => {
          if (error instanceof NoSuchEntityException) return false
          throw error
        },
      )
    },
    async follow(app, policy) {
      const sdk = await import('@aws-sdk/client-iam')
      const client = await open()
      const made = madeWith(app)
      const { RoleName } = made
      const create = new sdk.CreateRoleCommand({ ...made, Tags: [{ Key: appTag, Value: app.app }] })
      const roleArn = await client.send(create).then(
        ({ Role }) => Role?.Arn ?? '',
        (error: unknown) => {
          if (!(error instanceof sdk.EntityAlreadyExistsException)) throw error
          return change(app, made)
        },
      )
      if (policy) await put(RoleName, 'use', policy)
      else {
        await client.send(new sdk.DeleteRolePolicyCommand({ RoleName, PolicyName: 'use' })).catch((error: unknown) => {
          if (!(error instanceof sdk.NoSuchEntityException)) throw error
        })
      }
      return roleArn
    },
  }
}

type Made = ReturnType<typeof madeWith>

function madeWith(app: App) {
  return {
    RoleName: roleNameOf(app.app),
    Description: `What the app ${app.app} of ${app.tenant} is given sessions of`,
    // IAM gives no role less than an hour.
    MaxSessionDuration: Math.max(app.maxDuration, 3_600),
    AssumeRolePolicyDocument: JSON.stringify(appTrustPolicy(app)),
    PermissionsBoundary: app.vendor.boundaryArn,
  }
}

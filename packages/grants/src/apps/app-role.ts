import type { IAMClient } from '@aws-sdk/client-iam'
import { arnParts, type PolicyDocument } from '@causeway-aws/auth'
import type { App, CutSession, Vendor } from './app.ts'
import { AppExists } from './app-error.ts'

/** The role of an app, as IAM has it. */
export interface AppRole {
  /** Makes it, or makes it as it should be where it is there already, and gives its ARN. */
  make(app: App, policy: PolicyDocument, vendor: Vendor): Promise<string>
  /** Lets nobody have a session any more, and denies everything to those that there are. */
  close(app: App, until: Date): Promise<void>
  /** Denies everything to these sessions, and to none that was cut before and is not among them. */
  cut(app: App, sessions: readonly CutSession[]): Promise<void>
}

/** All roles of apps are called so: the vendor's function may assume them, and no others. */
const appRolePrefix = 'causeway-app-'

/** The tag of a role that says which app's it is. */
const appTag = 'causeway:app'

const nameOf = ({ app }: Pick<App, 'app'>): string => `${appRolePrefix}${app}`

/**
 * Who may have a session of an app's role: the vendor's function, and, for sessions that role chaining is too short for, those
 * users that the app is for, by the token that the user pool has given them.
 *
 * A role as the principal would turn into an id, and the statement would break in silence when the stack is made again.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-wif
 */
export function appTrustPolicy(
  { account, users, maxDuration }: App,
  { roleArn, userPoolId, clientId }: Vendor,
): object {
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

/** Denies everything to sessions that were given before a time. */
function denyBefore(time: Date): object {
  return denied([{ DateLessThan: { 'aws:TokenIssueTime': time.toISOString() } }])
}

/**
 * Denies everything to single sessions: by their source identity, and by their name too, since a session that was given for a
 * user's token has no source identity where the user pool adds none to that.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_revoke-sessions.html
 */
function denySessions(sessions: readonly CutSession[]): object {
  const names = sessions.map(({ session }) => session)
  return denied([
    { StringEquals: { 'aws:SourceIdentity': names } },
    { StringLike: { 'aws:userid': names.map((name) => `*:${name}`) } },
  ])
}

const denied = (conditions: readonly object[]) => ({
  Version: '2012-10-17',
  Statement: conditions.map((Condition) => ({ Effect: 'Deny', Action: '*', Resource: '*', Condition })),
})

export function appRole(open: () => Promise<IAMClient>): AppRole {
  const put = async (RoleName: string, PolicyName: string, document: object) => {
    const { PutRolePolicyCommand } = await import('@aws-sdk/client-iam')
    const client = await open()
    await client.send(new PutRolePolicyCommand({ RoleName, PolicyName, PolicyDocument: JSON.stringify(document) }))
  }
  const trust = async (RoleName: string, document: object) => {
    const { UpdateAssumeRolePolicyCommand } = await import('@aws-sdk/client-iam')
    const client = await open()
    await client.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: JSON.stringify(document) }))
  }

  /** One that was made, and whose app was not written down. */
  async function adopt(app: App, vendor: Vendor, MaxSessionDuration: number): Promise<string> {
    const { GetRoleCommand, UpdateRoleCommand } = await import('@aws-sdk/client-iam')
    const client = await open()
    const RoleName = nameOf(app)
    const { Role } = await client.send(new GetRoleCommand({ RoleName }))
    if (!Role?.Tags?.some(({ Key, Value }) => Key === appTag && Value === app.app)) {
      throw new AppExists(
        `There is a role ${RoleName} already that is no app's: it has no tag ${appTag}. Delete it, or call the app otherwise.`,
      )
    }
    await client.send(new UpdateRoleCommand({ RoleName, MaxSessionDuration }))
    await trust(RoleName, appTrustPolicy(app, vendor))
    return Role.Arn ?? ''
  }

  return {
    async make(app, policy, vendor) {
      const { CreateRoleCommand, EntityAlreadyExistsException } = await import('@aws-sdk/client-iam')
      const client = await open()
      const RoleName = nameOf(app)
      // IAM gives no role less than an hour.
      const MaxSessionDuration = Math.max(app.maxDuration, 3_600)
      const command = new CreateRoleCommand({
        RoleName,
        Description: `What the app ${app.app} of ${app.tenant} is given sessions of`,
        MaxSessionDuration,
        AssumeRolePolicyDocument: JSON.stringify(appTrustPolicy(app, vendor)),
        Tags: [{ Key: appTag, Value: app.app }],
      })
      const roleArn = await client.send(command).then(
        ({ Role }) => Role?.Arn ?? '',
        (error: unknown) => {
          if (!(error instanceof EntityAlreadyExistsException)) throw error
          return adopt(app, vendor, MaxSessionDuration)
        },
      )
      await put(RoleName, 'use', policy)
      return roleArn
    },
    async close(app, until) {
      const RoleName = nameOf(app)
      // First, so that nobody has a session that the policy would come too late for.
      await trust(RoleName, {
        Version: '2012-10-17',
        Statement: [
          {
            Sid: 'Disabled',
            Effect: 'Deny',
            Principal: '*',
            Action: ['sts:AssumeRole', 'sts:AssumeRoleWithWebIdentity'],
          },
        ],
      })
      await put(RoleName, 'disabled', denyBefore(until))
    },
    cut: (app, sessions) => put(nameOf(app), 'cut', denySessions(sessions)),
  }
}

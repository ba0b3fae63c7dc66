import * as v from 'valibot'
import { type Change, changeEntries, type Versioned } from '../versions/version.ts'
import { appName, durationLimits } from './app.ts'

/** A session that was cut before its end. */
export interface CutSession {
  session: string
  /** In ISO 8601. */
  at: string
}

/** What is denied to the sessions of an app that there are. */
export interface AppCuts extends Versioned {
  app: string
  /** All that was issued before is denied. In ISO 8601, to the second. */
  before?: string | undefined
  sessions: readonly CutSession[]
}

/** A version of what is denied, and who has asked for it. */
export interface AppCutsVersion extends Change {
  cuts: AppCuts
}

/** What is to be cut: one session, or all that were issued before. */
export interface Cut {
  session?: string | undefined
  before: Date
}

/** The name of a session. https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html */
export const sessionName: v.GenericSchema<string, string> = v.pipe(
  v.string(),
  v.regex(/^[\w+=,.@-]{2,64}$/, 'must be the name of a session: 2 to 64 letters, digits and _ + = , . @ -'),
)

const time = v.pipe(v.string(), v.isoTimestamp('must be a time in UTC'))

/** A version as it is read and as it is written. */
export const cutsVersionSchema: v.GenericSchema<unknown, AppCutsVersion> = v.strictObject({
  cuts: v.strictObject({
    app: appName,
    version: v.pipe(v.number(), v.integer(), v.minValue(1)),
    before: v.optional(time),
    sessions: v.array(v.strictObject({ session: sessionName, at: time })),
  }),
  ...changeEntries,
})

/**
 * How many sessions are denied one by one. All inline policies of a role have 10,240 characters together at most, of which the
 * app's own has up to 2,048, and a session takes up to 150.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html#reference_iam-quotas-entity-length
 */
const mostSessions = 40

/**
 * With one more cut, and without those whose last session has expired. Where too many sessions would be denied one by one, all
 * are that were issued until now. What is denied stays so for as long as any session lasts.
 */
export function withCut(cuts: AppCuts, { session, before }: Cut, now: number): AppCuts {
  const isLasting = (at: string) => Date.parse(at) + durationLimits.max * 1_000 > now
  const earlier = cuts.before !== undefined && isLasting(cuts.before) ? cuts.before : undefined
  const others = cuts.sessions.filter((other) => isLasting(other.at) && other.session !== session)
  if (session !== undefined && others.length < mostSessions) {
    return { ...cuts, before: earlier, sessions: [...others, { session, at: before.toISOString() }] }
  }
  const cut = wholeSecond(before)
  const all = earlier !== undefined && earlier > cut ? earlier : cut
  return { ...cuts, before: all, sessions: others.filter(({ at }) => at > all) }
}

/** A second more, for clocks that differ from that of STS, and then whole: AWS knows in which second a session was issued. */
function wholeSecond(before: Date): string {
  return new Date(Math.ceil(before.getTime() / 1_000 + 1) * 1_000).toISOString()
}

/**
 * Denies everything: to what was issued before a time; and to single sessions by their source identity, and by their name too,
 * since a session that was given for a user's token has no source identity where the user pool adds none to that.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_revoke-sessions.html
 */
export function cutPolicy({ before, sessions }: AppCuts): object {
  const names = sessions.map(({ session }) => session)
  const conditions = [
    ...(before === undefined ? [] : [{ DateLessThan: { 'aws:TokenIssueTime': before } }]),
    ...(names.length === 0
      ? []
      : [
          { StringEquals: { 'aws:SourceIdentity': names } },
          { StringLike: { 'aws:userid': names.map((name) => `*:${name}`) } },
        ]),
  ]
  return {
    Version: '2012-10-17',
    Statement: conditions.map((Condition) => ({ Effect: 'Deny', Action: '*', Resource: '*', Condition })),
  }
}

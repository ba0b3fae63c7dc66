import { pauseTag } from '@causeway-aws/edge'

/** The value of a tag is 256 characters at most, and a trigger's id is 36: https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html */
const idsPerTag = 6

/** Of an edge that was paused when it had no trigger. */
const noTrigger = 'no trigger'

/** What the tags of a queue say of its pause. */
export interface Pause {
  /** The names of the tags: none where the queue is not paused. */
  readonly names: readonly string[]
  /** What they say, one after the other; undefined where there is none. */
  readonly text: string | undefined
  /** The triggers that were turned off. */
  readonly triggers: readonly string[]
  /** Whether it was edge pause that wrote them, and not somebody else. */
  readonly isWritten: boolean
}

/** The tags by which a queue is paused. They hold which triggers that turned off; beside the one that consumers look for, as many as it takes. */
export function pauseTags(triggers: readonly string[]): Record<string, string> {
  const tags: Record<string, string> = { [pauseTag]: triggers.slice(0, idsPerTag).join(' ') || noTrigger }
  for (let start = idsPerTag; start < triggers.length; start += idsPerTag) {
    tags[`${pauseTag}:${start / idsPerTag + 1}`] = triggers.slice(start, start + idsPerTag).join(' ')
  }
  return tags
}

/** Reads them. */
export function readPause(tags: Readonly<Record<string, string>>): Pause {
  const names = Object.keys(tags)
    .filter((name) => name === pauseTag || name.startsWith(`${pauseTag}:`))
    .sort((a, b) => a.length - b.length || a.localeCompare(b))
  const text = names.length === 0 ? undefined : names.map((name) => tags[name]).join(' ')
  const isWritten = text === noTrigger || /^[\da-f-]{36}( [\da-f-]{36})*$/.test(text ?? '')
  return { names, text, triggers: text?.split(' ') ?? [], isWritten }
}

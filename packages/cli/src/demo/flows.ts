import { app } from './app.ts'
import { assumedRoleSends } from './assumed-role-sends.ts'
import { deadLetter } from './dead-letter.ts'
import { deliveredTwice } from './delivered-twice.ts'
import type { Flow } from './flow.ts'
import { grant } from './grant.ts'
import { largeBody } from './large-body.ts'
import { onRecord } from './on-record.ts'
import { ownRoleSends } from './own-role-sends.ts'
import { partnerObjects } from './partner-objects.ts'
import { partnerStream } from './partner-stream.ts'
import { partnerTopic } from './partner-topic.ts'
import { refusals } from './refusals.ts'
import { rotation } from './rotation.ts'

/** The demo, in order. */
export const flows: readonly Flow[] = [
  assumedRoleSends,
  ownRoleSends,
  refusals,
  deliveredTwice,
  largeBody,
  deadLetter,
  onRecord,
  partnerStream,
  partnerObjects,
  partnerTopic,
  grant,
  rotation,
  app,
]

import * as v from 'valibot'
import { queueUrlSchema } from '../queue.ts'

/** The targets of a processor whose messages would be deleted and be nowhere without one. */
export const targetList: v.GenericSchema<readonly string[]> = v.pipe(
  v.array(queueUrlSchema, 'must be a list of queue URLs'),
  v.minLength(1, 'must be one or more queue URLs'),
)

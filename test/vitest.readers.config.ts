import base, { readers } from './vitest.config.ts'

/** What reads streams, buckets and topics runs beside the rest, in a sandbox of its own: it waits more than it works. */
export default { ...base, test: { ...base.test, include: [...readers], exclude: [] } }

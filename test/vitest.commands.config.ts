import base, { commands } from './vitest.config.ts'

/** What is typed runs beside the rest, in a sandbox of its own: it waits for processes to start. */
export default { ...base, test: { ...base.test, include: [...commands], exclude: [] } }

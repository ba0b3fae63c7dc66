exports.handler = async ({ Records = [] }) => {
  for (const { body } of Records) process.stdout.write(`${process.env.GREETING}, ${body}\n`)
  return { version: 1, node: process.version, environment: Object.keys(process.env) }
}

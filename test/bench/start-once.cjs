// Loads a function as Lambda's runtime does, gives it its first event, and prints how long each took, in milliseconds:
//   node start-once.cjs HANDLER EVENT
// Plain CommonJS, so that Node loads nothing before the function but this.
const { readFileSync } = require('node:fs')
const [, , file, event] = process.argv
const records = JSON.parse(readFileSync(event, 'utf8'))
const context = { functionName: 'orders', awsRequestId: 'first', getRemainingTimeInMillis: () => 30_000 }

// Counted from the start of the process.
const start = performance.now()
const { handler } = require(file)
const loaded = performance.now()
handler(records, context).then(({ batchItemFailures }) => {
  const answered = performance.now()
  if (batchItemFailures.length > 0) throw new Error(`${file} failed its first event.`)
  // After whatever the function has logged, on a line of its own.
  process.stdout.write(`\n${JSON.stringify({ init: loaded, load: loaded - start, firstEvent: answered - loaded })}`)
  process.exit()
})

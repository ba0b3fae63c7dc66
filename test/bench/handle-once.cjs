// Gives a function one event and prints what it answers:
//   node handle-once.cjs HANDLER EVENT
// Plain CommonJS, so that Node loads nothing before the function but this: reading TypeScript takes memory of its own.
const [, , file, event] = process.argv

require(file)
  .handler(JSON.parse(event))
  .then((result) => {
    process.stdout.write(JSON.stringify(result))
    process.exit()
  })

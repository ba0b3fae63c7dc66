// kinesis-local listens on every address, and cannot be told otherwise.
import { Server } from 'node:net'

const { listen } = Server.prototype
Server.prototype.listen = function (...args) {
  const [first] = args
  const port = typeof first === 'object' ? first.port : first
  const listener = args.find((argument) => typeof argument === 'function')
  return listen.call(this, { port, host: '127.0.0.1' }, listener)
}

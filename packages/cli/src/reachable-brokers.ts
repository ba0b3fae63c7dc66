import { isIP } from 'node:net'
import { connect } from 'node:tls'

const limit = 5_000

/** Refuses brokers of which none can be reached, within seconds: a client of Kafka tries that again for half a minute. */
export async function expectReachable(brokers: readonly string[], authority?: string): Promise<void> {
  try {
    await Promise.any(brokers.map((broker) => reach(broker, authority)))
  } catch (error) {
    const reasons = (error as AggregateError).errors as Error[]
    const ca = reasons.some(({ message }) => /certificate/.test(message))
    const advice = ca
      ? 'Name who signed their certificates: --ca FILE.'
      : 'Mind the network between: MSK has private, public and multi-VPC endpoints (--cluster ARN, --endpoints).'
    throw new Error(`No broker can be reached: ${reasons.map(({ message }) => message).join('; ')}. ${advice}`, {
      cause: error,
    })
  }
}

function reach(broker: string, ca: string | undefined): Promise<void> {
  const [host = '', port] = broker.split(':')
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const fail = (why: string) => reject(new Error(`${broker} (${why})`))
  const socket = connect({
    host,
    port: Number(port),
    servername: isIP(host) === 0 ? host : '',
    timeout: limit,
    ...(ca !== undefined && { ca }),
  })
  socket.once('secureConnect', resolve)
  socket.once('timeout', () => fail(`no answer in ${limit / 1_000} s`))
  socket.once('error', ({ code, message }: NodeJS.ErrnoException) =>
    fail(/certificate/.test(message) ? message : (code ?? message)),
  )
  return promise.finally(() => socket.destroy())
}

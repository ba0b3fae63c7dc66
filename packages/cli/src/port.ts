import { InvalidArgumentError } from 'commander'

/** The value of a `--port` flag. */
export function parsePort(text: string): number | 'free' {
  if (text === 'free') return 'free'
  const port = Number(text)
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new InvalidArgumentError('Expected a port from 1 to 65535, or free.')
  }
  return port
}

import { readFileSync } from 'node:fs'

/** The MiniStack version that this package is made for: the one that its requirements pin. */
export function pinnedVersion(): string {
  const requirements = readFileSync(new URL('../requirements.txt', import.meta.url), 'utf8')
  const version = /^ministack==(\S+)/m.exec(requirements)?.[1]
  if (version === undefined) throw new Error('packages/sandbox/requirements.txt does not pin ministack')
  return version
}

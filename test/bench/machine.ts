import { cpus, loadavg } from 'node:os'

/** What the figures were measured on. */
export interface Machine {
  readonly date: string
  readonly node: string
  readonly processor: string
  readonly processors: number
  /** How many processes wanted a processor in the minute before. Anything but next to none disturbs the figures. */
  readonly load: number
}

export function thisMachine(): Machine {
  const processors = cpus()
  return {
    date: new Date().toISOString().slice(0, 10),
    node: process.version,
    processor: processors[0]?.model.trim() ?? 'unknown',
    processors: processors.length,
    load: loadavg()[0] ?? 0,
  }
}

export function summaryOf({ date, node, processor, processors, load }: Machine): string {
  return `${date}, Node ${node}, ${processors} processors (${processor}), load ${load.toFixed(1)} before the run`
}

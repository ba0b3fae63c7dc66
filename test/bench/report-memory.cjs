// Preloaded into a process: the last that it writes to standard error is the most memory it took, in KiB.
const { existsSync, readFileSync } = require('node:fs')

// Linux counts what the process that started it had as its own (getrusage(2), ru_maxrss), but not here (proc_pid_status(5)).
const status = '/proc/self/status'
const peak = () =>
  existsSync(status) ? /VmHWM:\s+(\d+)/.exec(readFileSync(status, 'utf8'))[1] : process.resourceUsage().maxRSS

process.on('exit', () => process.stderr.write(`${peak()}\n`))

import { Command } from 'commander'
import type { CommandContext } from '../program.ts'
export function doctorCommand(_: CommandContext): Command {
  return new Command('doctor')
}

import type { Terminal } from '../terminal.ts'
import type { OnDeployed } from './deploy-stack.ts'
import type { Flow, Step, StepResult } from './flow.ts'

/** Told what happens, as it happens. */
export interface Reporter {
  title(version: string): void
  deployed: OnDeployed
  flow(number: number, flow: Flow): void
  begin(step: Step): void
  end(step: Step, result: StepResult): void
  summary(total: { good: number; of: number; seconds: number }): void
}

/** Width of what a line says before its outcome. */
const width = 92
/** Of it, in a line about a refusal: what was attempted, and the name of the error. */
const attemptWidth = 27
const errorWidth = 21

/**
 * Prints a line's beginning when its step begins and the rest when it ends. The cursor never goes back, so that a log
 * reads as the terminal does.
 */
export function lineReporter({ print, write, paint }: Terminal): Reporter {
  return {
    title: (version) =>
      print(`Causeway demo: two AWS accounts on this machine (MiniStack ${version}, access control on)\n`),
    deployed({ account, accountId, stack, holds, changed, milliseconds }) {
      const state = changed ? `deployed in ${(milliseconds / 1000).toFixed(1)} s` : 'as it was'
      print(`  ${account.padEnd(8)} ${accountId}   stack ${stack.padEnd(8)} ${holds.padEnd(58)} ${paint('dim', state)}`)
    },
    flow: (number, { title }) => print(`${number === 1 ? '\n' : ''}${paint('bold', String(number))}  ${title}`),
    begin: ({ title, refusal }) =>
      write(`   ${refusal === undefined ? title.padEnd(width) : title.padEnd(attemptWidth)}`),
    end({ log, refusal }, { outcome, asItShouldBe, milliseconds, shown = [], error, expected }) {
      if (outcome === 'not run') return print(`${restOf(refusal)} ${paint('dim', 'not run')}`)
      if (!asItShouldBe) {
        print(`${restOf(refusal)} ${paint('red', 'FAILED')}`)
      } else if (outcome === 'refused' && error) {
        const said = shorten(refusalOf(error.message), width - attemptWidth - errorWidth)
        print(
          `${error.name.padEnd(errorWidth)}${said.padEnd(width - attemptWidth - errorWidth)} ${paint('green', 'refused')}`,
        )
      } else {
        print(` ${paint('green', 'ok')} ${`${milliseconds} ms`.padStart(12)}`)
      }
      for (const line of shown) print(`     ${paint('dim', line)}`)
      if (asItShouldBe) return
      print(`     expected  ${expected}`)
      print(`     came      ${error ? `${error.name}: ${error.message}` : 'it worked'}`)
      if (log) print(`     its log   npx causeway sandbox logs ${log.functionName} --account ${log.account}`)
    },
    summary({ good, of, seconds }) {
      const verdict = `${good} of ${of} as they should be, ${seconds.toFixed(1)} s.`
      print(`\n${paint(good === of ? 'green' : 'red', verdict)}`)
      if (good < of) print('Begin anew:      npx causeway sandbox reset && npm run demo')
      print('Try it by hand:  eval "$(npx causeway sandbox env partner)"; aws sts get-caller-identity')
      print('End it:          npx causeway sandbox stop')
    },
  }
}

/** For `--json`, whose one document says it all at the end. */
export const silentReporter: Reporter = {
  title() {},
  deployed() {},
  flow() {},
  begin() {},
  end() {},
  summary() {},
}

/** What fills a line of which no error is named. */
const restOf = (refusal: string | undefined) => (refusal === undefined ? '' : ' '.repeat(width - attemptWidth))

const shorten = (text: string, most: number) => (text.length <= most ? text : `${text.slice(0, most - 1)}…`)

/** What was refused. AWS's sentences begin with the caller's ARN, which would leave no room for it. */
const refusalOf = (message: string) =>
  message.replace(/^User: (?:\S+ )?is (not authorized to perform): (\S+).*$/s, '$1 $2')

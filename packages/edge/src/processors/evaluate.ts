import type { Expression, JsonataError } from 'jsonata'

/** What is evaluated, and how long it may take in milliseconds. */
export interface Evaluation {
  readonly expression: string
  /** JSON. */
  readonly body: string
  readonly timeout: number
}

/** What an expression came to. A fault completes a sentence about it, and never quotes the body. */
export type Outcome =
  | { readonly json: string | undefined }
  | { readonly fault: string }
  | { readonly bodyFault: string }

// Past these an expression does not do what it was written for. jsonata ends it between two of its steps.
const maxDepth = 500
const maxSequence = 100_000
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html ("Message size")
const maxBytes = 1_048_576

/** Makes what evaluates JSONata, each expression compiled when it is first given. */
export async function createEvaluate(): Promise<(evaluation: Evaluation) => Promise<Outcome>> {
  const { default: jsonata } = await import('jsonata')
  const compiled = new Map<string, Expression>()

  function compile({ expression, timeout }: Evaluation): Expression {
    const key = `${timeout} ${expression}`
    const known = compiled.get(key)
    if (known) return known
    const made = jsonata(expression, { timeout, stack: maxDepth, sequence: maxSequence })
    compiled.set(key, made)
    return made
  }

  return async (evaluation) => {
    let expression: Expression
    try {
      expression = compile(evaluation)
    } catch (error) {
      return { fault: `is not JSONata: ${at(error)}${(error as Error).message.replace(/\.$/, '')}` }
    }
    let input: unknown
    try {
      input = JSON.parse(evaluation.body)
    } catch {
      return { bodyFault: 'its body is not JSON' }
    }
    try {
      const json: string | undefined = JSON.stringify(await expression.evaluate(input))
      if (json !== undefined && Buffer.byteLength(json) > maxBytes) {
        return { fault: `gives more than ${maxBytes.toLocaleString('en')} bytes, the most that a queue takes` }
      }
      return { json }
    } catch (error) {
      return { fault: faultOf(error, evaluation.timeout) }
    }
  }
}

function at(error: unknown): string {
  const { position } = error as JsonataError
  return position === undefined ? '' : `near character ${position}, `
}

/** What jsonata says, without what it quotes of the values that it met, which are a stranger's. */
function faultOf(error: unknown, timeout: number): string {
  const { code, message, value, value2, exp } = error as JsonataError & Record<string, unknown>
  switch (code) {
    case undefined:
      return `cannot be worked out (${(error as Error).name})`
    case 'D1012':
      return tookLonger(timeout)
    case 'D1011':
      return `is more than ${maxDepth} levels deep; see to its recursion`
    case 'D2014':
    case 'D2015':
      return `makes a list of more than ${maxSequence.toLocaleString('en')} items`
    case 'D3137': // What they say is made by the expression, and may be made of the body.
    case 'D3141':
      return `failed: ${at(error)}it called $error or $assert`
    default: {
      const quoted = [value, value2, exp].map((value) => JSON.stringify(value)).filter((text) => text !== undefined)
      const text = quoted.reduce((text, quote) => text.replaceAll(quote, '...'), message)
      return `failed: ${at(error)}${text.replace(/\.$/, '')}`
    }
  }
}

/** The fault of an expression that was ended. */
export function tookLonger(timeout: number): string {
  return `took more than ${timeout.toLocaleString('en')} ms; simplify it or give the route a longer "timeout"`
}

import { describe, expect, it } from 'vitest'
import { fanOut, filter, forward, project, RouteError, type Routes, route, table } from '../../src/index.ts'
import { one } from './context.ts'

const processors = { forward, fanOut, filter, project, table }
const targets = [one]

describe('A route with options that do not suit its processor is refused when it is made', () => {
  it.each([
    [{ processor: 'forward', targets: [] }, 'forward: targets must be one or more queue URLs.'],
    [{ processor: 'forward', targets, expression: 'a' }, 'forward: expression is not an option.'],
    [{ processor: 'fanOut', targets: [] }, 'fanOut: targets must be one or more queue URLs.'],
    [{ processor: 'fanOut', targets, expresion: 'a' }, 'fanOut: expresion is not an option.'],
    [{ processor: 'fanOut', targets, expression: '' }, 'fanOut: expression must be a JSONata expression.'],
    [{ processor: 'fanOut', targets, type: 'a\nb' }, 'fanOut: type must be 1 to 256 visible characters.'],
    [{ processor: 'filter', targets }, 'filter: expression is missing.'],
    [{ processor: 'filter', targets: [], expression: 'a' }, 'filter: targets must be one or more queue URLs.'],
    [{ processor: 'filter', targets, expression: 1 }, 'filter: expression must be a JSONata expression.'],
    [{ processor: 'filter', targets, expression: 'a', timeout: 0 }, 'filter: timeout must be 1 to 60000 milliseconds.'],
    [
      { processor: 'filter', targets, expression: 'a', timeout: '1s' },
      'filter: timeout must be a number of milliseconds.',
    ],
    [{ processor: 'project', targets }, 'project: expression is missing.'],
    [
      { processor: 'project', targets, expression: 'a', type: '' },
      'project: type must be 1 to 256 visible characters.',
    ],
    [{ processor: 'table', targets: [] }, 'table: table is missing.'],
    [{ processor: 'table', targets: [], table: 'a table' }, 'table: table must be the name or ARN of a table.'],
    [{ processor: 'table', targets: [], table: 'orders', item: {} }, 'table: item must be a JSONata expression.'],
    [{ processor: 'table', targets: [], table: 'orders', expression: 'a' }, 'table: expression is not an option.'],
  ])('%j', (faulty, sentence) => {
    const make = () => route({ order: faulty } as Routes, processors, { dynamodb: () => ({}) as never })
    expect(make).toThrow(RouteError)
    expect(make).toThrow(`The route for "order" does not suit its processor: ${sentence}`)
  })
})

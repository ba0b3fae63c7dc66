import { expect, it } from 'vitest'
import { type TracedMessage, type TracedRecord, treesOf } from '../src/audit/trace-tree.ts'

const id = (name: string) => Buffer.from(name).toString('hex').padEnd(32, '0')

/** A record of a message that came from others, named by letters; later ones are later in time. */
const record = (name: string, previous: string[], time: number): TracedRecord => ({
  datetime: new Date(time).toISOString(),
  trackingId: id(name),
  previousTrackingIds: previous.map(id),
  sourceNode: 'source',
  targetNode: 'target',
  messageType: 'order',
  outcome: 'processed',
  attributes: {},
  bucket: 'audit',
  key: 'key',
})

/** A tree as text: a(b(c)d) */
const drawn = (messages: readonly TracedMessage[]): string =>
  messages
    .map(({ trackingId, children }) => {
      const name = Buffer.from(trackingId, 'hex').toString().replaceAll('\0', '')
      return children.length > 0 ? `${name}(${drawn(children)})` : name
    })
    .join('')

it('puts each message under the one that it came from', () => {
  const records = [record('c', ['a', 'b'], 3), record('a', [], 1), record('d', ['a'], 4), record('b', ['a'], 2)]
  expect(drawn(treesOf(records))).toBe('a(b(c)d)')
})

it('puts a message under the nearest one of which there is a record', () => {
  expect(drawn(treesOf([record('a', [], 1), record('c', ['a', 'b'], 2)]))).toBe('a(c)')
})

it('has a message that was run again once, with a record for each run, oldest first', () => {
  const [message] = treesOf([record('a', [], 2), record('a', [], 1)])
  expect(message?.records.map(({ datetime }) => Date.parse(datetime))).toEqual([1, 2])
})

it('ends where two messages say that they came from each other', () => {
  expect(drawn(treesOf([record('a', ['b'], 1), record('b', ['a'], 2), record('c', ['c'], 3)]))).toBe('b(a)c')
})

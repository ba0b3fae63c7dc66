import type { APIGatewayProxyEventV2 } from 'aws-lambda'
import { expect, it } from 'vitest'
import { sessionAsked } from '../src/session-asked.ts'

const asked = (rawQueryString: string) => sessionAsked({ rawQueryString } as APIGatewayProxyEventV2)

it('is one session, or all where nothing is asked', () => {
  expect(asked('session=orders-1%2Ba')).toBe('orders-1+a')
  expect(asked('session=')).toBe('')
  expect(asked('')).toBeUndefined()
})

it.each(['sessions=orders-1', 'session=a&session=b', 'session=a&app=b', 'orders-1'])(
  'is not all of them where it is said otherwise: ?%s',
  (query) => {
    expect(() => asked(query)).toThrow('The query must be ?session=NAME')
  },
)

import { setTimeout } from 'node:timers/promises'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { ConfigurationError, createHandler, integer } from '../src/index.ts'
import { captureLog, lambdaContext } from '../src/testing.ts'

const environment = { CONCURRENCY: '4' }
const configuration = { concurrency: integer() }

afterEach(() => {
  vi.unstubAllEnvs()
})

describe('A handler', () => {
  it('is given the event, its configuration and its clients, and its answer is what the process returns', async () => {
    const handler = createHandler(
      {
        name: 'test',
        configuration,
        environment,
        clients: { sqs: () => ({ send: (body: string) => `sent ${body}` }) },
      },
      (event: { body: string }, { config, clients }) => ({ ...config, answer: clients.sqs.send(event.body) }),
    )
    expect(await handler({ body: 'order 1001' }, lambdaContext())).toEqual({
      concurrency: 4,
      answer: 'sent order 1001',
    })
  })

  it('cannot be made with a bad configuration', () => {
    const make = () => createHandler({ name: 'test', configuration, environment: {} }, () => {})
    expect(make).toThrow(ConfigurationError)
    expect(make).toThrow(/^CONCURRENCY: expected a whole number, got nothing\./)
  })

  it('cannot be made with a definition that is wrong or has unknown parts', () => {
    const make = (definition: unknown) => () => createHandler(definition as { name: string }, () => {})
    expect(make({})).toThrow('createHandler: name is missing.')
    expect(make({ name: 'test', drainMargin: -5 })).toThrow('createHandler: drainMargin must not be negative.')
    expect(make({ name: 'test', drainMargn: 5 })).toThrow('createHandler: drainMargn is not an option.')
    expect(make({ name: 'test', clients: 'sqs' })).toThrow('createHandler: clients must be an object of functions.')
  })

  it('makes a client once for all its invocations', async () => {
    const sqs = vi.fn(() => ({}))
    const handler = createHandler({ name: 'test', clients: { sqs } }, (_: unknown, { clients }) => void clients.sqs)
    expect(sqs).not.toHaveBeenCalled()
    await handler({}, lambdaContext())
    await handler({}, lambdaContext())
    expect(sqs).toHaveBeenCalledOnce()
  })

  it('gives a signal that fires two seconds before the deadline unless told otherwise', async () => {
    const aborted = (drainMargin?: number) =>
      createHandler(
        { name: 'test', ...(drainMargin === undefined ? {} : { drainMargin }) },
        (_: unknown, { signal }) => signal.aborted,
      )({}, lambdaContext(1_900))
    expect(await aborted()).toBe(true)
    expect(await aborted(1_000)).toBe(false)
  })

  it('waits for a process that does not heed the signal, which else would run on in the next invocation', async () => {
    const handler = createHandler({ name: 'test' }, () => setTimeout(100, 'late'))
    expect(await handler({}, lambdaContext(50))).toBe('late')
  })

  it('leaves no timer behind, also when it fails', async () => {
    using _ = captureLog()
    const active = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length
    const before = active()
    await createHandler({ name: 'test' }, () => 'done')({}, lambdaContext())
    await expect(failing(new Error('x'))({}, lambdaContext())).rejects.toThrow()
    expect(active()).toBe(before)
  })

  it('takes further middlewares', async () => {
    const handler = createHandler({ name: 'test' }, () => 'first').after((request) => {
      request.response = `${request.response}, second`
    })
    expect(await handler({}, lambdaContext())).toBe('first, second')
  })
})

describe('The log', () => {
  it('names the function, the request and whether the start was cold', async () => {
    vi.stubEnv('AWS_LAMBDA_INITIALIZATION_TYPE', 'on-demand')
    using log = captureLog()
    const handler = createHandler({ name: 'edge-trigger' }, (_: unknown, { logger }) => logger.info('hello'))
    await handler({}, lambdaContext())
    await handler({}, lambdaContext())
    expect(log.lines.filter(({ message }) => message === 'hello')).toEqual(
      [true, false].map((cold_start) =>
        expect.objectContaining({
          cold_start,
          service: 'edge-trigger',
          function_request_id: lambdaContext().awsRequestId,
        }),
      ),
    )
  })

  it("takes the service's name from Powertools' own variable where it is set", async () => {
    using log = captureLog()
    const environment = { POWERTOOLS_SERVICE_NAME: 'orders' }
    await createHandler({ name: 'edge-trigger', environment }, (_: unknown, { logger }) => logger.info('hello'))(
      {},
      lambdaContext(),
    )
    expect(log.lines).toEqual([expect.objectContaining({ service: 'orders' })])
  })

  it('forgets keys at the end of the invocation', async () => {
    using log = captureLog()
    const handler = createHandler({ name: 'test' }, (keys: Record<string, string>, { logger }) => {
      logger.appendKeys(keys)
      logger.info('hello')
    })
    await handler({ partner: 'a' }, lambdaContext())
    await handler({}, lambdaContext())
    expect(log.lines.map(({ partner }) => partner)).toEqual(['a', undefined])
  })

  it('carries a tracking id and redacts errors in a child logger too', async () => {
    using log = captureLog()
    const error = Object.assign(new Error('refused'), { $response: 'hunter2' })
    await createHandler({ name: 'test' }, (_: unknown, { logger }) => {
      const child = logger.createChild({ persistentKeys: { trackingId: 'f00d' } })
      child.warn('refused', { error, nested: { error } })
    })({}, lambdaContext())
    expect(log.lines).toEqual([
      expect.objectContaining({
        trackingId: 'f00d',
        function_request_id: lambdaContext().awsRequestId,
        error: expect.objectContaining({ message: 'refused' }),
      }),
    ])
    expect(JSON.stringify(log.lines)).not.toContain('hunter2')
  })
})

describe('Metrics', () => {
  const count = (fail: boolean) =>
    createHandler({ name: 'edge-trigger' }, (_: unknown, { metrics }) => {
      metrics.addMetric('MessagesForwarded', 'Count', 3)
      if (fail) throw new Error('x')
    })

  it.each([false, true])('are published at the end of the invocation (failing: %s)', async (fail) => {
    using log = captureLog()
    await count(fail)({}, lambdaContext()).catch(() => {})
    expect(log.lines.filter(({ _aws }) => _aws)).toEqual([
      expect.objectContaining({
        MessagesForwarded: 3,
        service: 'edge-trigger',
        _aws: expect.objectContaining({
          CloudWatchMetrics: [expect.objectContaining({ Namespace: 'Causeway', Dimensions: [['service']] })],
        }),
      }),
    ])
  })

  it('say nothing when there are none', async () => {
    using log = captureLog()
    await createHandler({ name: 'test' }, () => {})({}, lambdaContext())
    expect(log.lines).toEqual([])
  })

  it('count a cold start', async () => {
    vi.stubEnv('AWS_LAMBDA_INITIALIZATION_TYPE', 'on-demand')
    using log = captureLog()
    const handler = createHandler({ name: 'test' }, () => {})
    await handler({}, lambdaContext())
    await handler({}, lambdaContext())
    expect(log.lines).toEqual([expect.objectContaining({ ColdStart: 1, function_name: 'causeway-orders-trigger' })])
  })
})

describe('What a process throws', () => {
  const thrown = Object.assign(new Error('The queue is gone.'), {
    name: 'QueueDoesNotExist',
    code: 'QueueDoesNotExist',
    retryable: false,
    $response: { headers: { authorization: 'hunter2' } },
    cause: new Error('hunter2'),
  })

  it('is logged once', async () => {
    using log = captureLog()
    await failing(thrown)({}, lambdaContext()).catch(() => {})
    expect(log.lines).toEqual([
      expect.objectContaining({
        level: 'ERROR',
        error: expect.objectContaining({ name: 'QueueDoesNotExist', message: 'The queue is gone.', retryable: false }),
      }),
    ])
  })

  it('reaches Lambda with its name, code and message, and nothing else that it carried', async () => {
    using _ = captureLog()
    const error = await failing(thrown)({}, lambdaContext()).catch((error: unknown) => error)
    expect(error).not.toBe(thrown)
    expect(error).toBeInstanceOf(Error)
    expect({ ...(error as Error) }).toEqual({ code: 'QueueDoesNotExist', retryable: false })
    expect((error as Error).name).toBe('QueueDoesNotExist')
    expect((error as Error).message).toBe('The queue is gone.')
    expect((error as Error).cause).toBeUndefined()
    expect((error as Error).stack).toBe(thrown.stack)
  })

  it.each(['hunter2', undefined, { password: 'hunter2' }])(
    'reaches Lambda as an error when it is %j',
    async (value) => {
      using log = captureLog()
      const error = await failing(value)({}, lambdaContext()).catch((error: unknown) => error)
      expect(error).toBeInstanceOf(Error)
      expect(`${(error as Error).stack} ${JSON.stringify(log.lines)}`).not.toContain('hunter2')
    },
  )
})

function failing(error: unknown) {
  return createHandler({ name: 'test' }, () => {
    throw error
  })
}

import { describe, expect, it, vi } from 'vitest'
import { lazyClients } from '../src/clients.ts'

describe('A client', () => {
  it('is not made before it is used', () => {
    const sqs = vi.fn(() => ({}))
    const clients = lazyClients({ sqs }, {})
    expect(sqs).not.toHaveBeenCalled()
    expect(Object.keys(clients)).toEqual(['sqs'])
    expect(sqs).not.toHaveBeenCalled()
  })

  it('is made once', () => {
    const sqs = vi.fn(() => ({}))
    const clients = lazyClients({ sqs }, {})
    expect(clients.sqs).toBe(clients.sqs)
    expect(sqs).toHaveBeenCalledOnce()
  })

  it('is made from the configuration', () => {
    const clients = lazyClients({ partner: ({ region }: { region: string }) => ({ region }) }, { region: 'eu-west-1' })
    expect(clients.partner).toEqual({ region: 'eu-west-1' })
  })

  it('is made again when making it failed', () => {
    const sqs = vi
      .fn(() => 'client')
      .mockImplementationOnce(() => {
        throw new Error('no region')
      })
    const clients = lazyClients({ sqs }, {})
    expect(() => clients.sqs).toThrow('no region')
    expect(clients.sqs).toBe('client')
  })

  it('cannot be replaced', () => {
    const clients: { sqs: unknown } = lazyClients({ sqs: () => ({}) }, {})
    expect(() => {
      clients.sqs = {}
    }).toThrow(TypeError)
  })
})

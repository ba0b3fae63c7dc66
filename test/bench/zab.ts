import { readFile } from 'node:fs/promises'
import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch'
import { trigger } from './bundle.ts'
const base = await import('/tmp/lead/packages/edge/src/index.ts')
const variant = await import('/tmp/h5/packages/edge/src/index.ts')
const silent = { debug() {}, info() {}, warn() {}, error() {} }
const options = { logger: silent, messageType: 'order', concurrency: 10, signal: new AbortController().signal }
const { Records } = JSON.parse(await readFile(new URL(`events/standard.json`, trigger), 'utf8'))
const ten = Array.from({ length: 10 }, (_, i) => ({ ...Records[i % Records.length], messageId: crypto.randomUUID() }))
const text = JSON.stringify({ Records: ten })
const nothing = async () => {}
const p = new BatchProcessor(EventType.SQS)
const fns: Record<string, any> = {
  base: (e: any) => base.receive(e, options as any, nothing),
  variant: (e: any) => variant.receive(e, options as any, nothing),
  peer: (e: any) => processPartialResponse(e, nothing as any, p),
}
const names = Object.keys(fns)
const t: Record<string, number[]> = {}
for (let round = 0; round < 300; round++) for (const n of names) {
  let ms = 0
  for (let i = 0; i < 100; i++) { const e = JSON.parse(text); const s = performance.now(); await fns[n](e); ms += performance.now() - s }
  if (round > 30) (t[n] ??= []).push(ms * 1e6 / 1000)
}
const q = (l: number[], f: number) => [...l].sort((a, b) => a - b)[Math.floor(l.length * f)].toFixed(0)
for (const n of names) console.log(n, 'median', q(t[n], .5), 'q10', q(t[n], .1), 'min', q(t[n], 0))
const r = t.base.map((b, i) => t.variant[i] / b).sort((a, b) => a - b); console.log('variant/base', r[r.length >> 1].toFixed(3))
const r2 = t.base.map((b, i) => b / t.peer[i]).sort((a, b) => a - b); console.log('base/peer', r2[r2.length >> 1].toFixed(3))

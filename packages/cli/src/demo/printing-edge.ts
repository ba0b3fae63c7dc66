import { execFile } from 'node:child_process'
import { cp, mkdtemp, rm, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { checkout } from '../checkout.ts'

/** Templates to deploy from, until it is disposed of. */
export interface PrintingEdge extends AsyncDisposable {
  /** The folder of `edge.yaml`. */
  infra: string
}

/**
 * A copy of the edge's template and of the function that it names, in a folder of its own in the given one. All is as in
 * this checkout but the hook, which prints: what a person made of `functions/edge-trigger/src/process.ts` need not take a
 * message of ours.
 */
export async function printingEdge(parent: string, signal?: AbortSignal): Promise<PrintingEdge> {
  const folder = await mkdtemp(join(parent, 'printing-edge-'))
  await using disposal = new AsyncDisposableStack()
  disposal.defer(() => rm(folder, { recursive: true }))
  const [infra, edgeTrigger] = [join(folder, 'infra'), join(folder, 'functions/edge-trigger')]
  await symlink(join(checkout, 'node_modules'), join(folder, 'node_modules'))
  await cp(join(checkout, 'infra/edge.yaml'), join(infra, 'edge.yaml'))
  for (const part of ['package.json', 'src']) {
    await cp(join(checkout, 'functions/edge-trigger', part), join(edgeTrigger, part), { recursive: true })
  }
  await cp(fileURLToPath(new URL('./print.ts', import.meta.url)), join(edgeTrigger, 'src/process.ts'))
  await promisify(execFile)(process.execPath, [join(checkout, 'scripts/bundle.ts')], {
    cwd: edgeTrigger,
    ...(signal && { signal }),
  })
  const made = disposal.move()
  return { infra, [Symbol.asyncDispose]: () => made.disposeAsync() }
}

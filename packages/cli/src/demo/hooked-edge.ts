import { execFile } from 'node:child_process'
import { cp, mkdtemp, rm, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { checkout } from '../checkout.ts'

/** A template to deploy from, until it is disposed of. */
export interface HookedEdge extends AsyncDisposable {
  /** The folder of `edge.yaml`. */
  infra: string
}

/**
 * A copy of the edge's template and of the function that it names, in a folder of its own in the given one. All is as in
 * this checkout but the hook, `functions/edge-trigger/src/process.ts`, which is the given file.
 */
export async function hookedEdge(parent: string, hook: string, signal?: AbortSignal): Promise<HookedEdge> {
  const folder = await mkdtemp(join(parent, 'hooked-edge-'))
  await using disposal = new AsyncDisposableStack()
  disposal.defer(() => rm(folder, { recursive: true }))
  const [infra, edgeTrigger] = [join(folder, 'infra'), join(folder, 'functions/edge-trigger')]
  await symlink(join(checkout, 'node_modules'), join(folder, 'node_modules'))
  await cp(join(checkout, 'infra/edge.yaml'), join(infra, 'edge.yaml'))
  for (const part of ['package.json', 'src']) {
    await cp(join(checkout, 'functions/edge-trigger', part), join(edgeTrigger, part), { recursive: true })
  }
  await cp(hook, join(edgeTrigger, 'src/process.ts'))
  await promisify(execFile)(process.execPath, [join(checkout, 'scripts/bundle.ts')], {
    cwd: edgeTrigger,
    ...(signal && { signal }),
  })
  const made = disposal.move()
  return { infra, [Symbol.asyncDispose]: () => made.disposeAsync() }
}

/** The hook prints: what a person made of theirs need not take a message of ours. */
export const printingEdge = (parent: string, signal?: AbortSignal): Promise<HookedEdge> =>
  hookedEdge(parent, fileURLToPath(new URL('./print.ts', import.meta.url)), signal)

import { GraphQLError } from 'graphql/error'
import { type DocumentNode, Kind, type SelectionSetNode } from 'graphql/language'

/** Somewhat above what the schema itself is fetched by: 230 fields, 15 deep, without an alias. Nodes ask for a tenth of that. */
export const limits = { tokens: 500, fields: 300, depth: 16, aliases: 10 } as const

const told = {
  fields: (count: number) => `it has ${count} fields`,
  depth: (count: number) => `it is ${count} fields deep`,
  aliases: (count: number) => `it has ${count} aliases`,
} as const

interface Size {
  fields: number
  depth: number
  aliases: number
}

/**
 * Why a document is not looked at any further; undefined where it may be. Fragments count wherever they are spread, so that
 * few of them cannot stand for many fields; each is measured once.
 */
export function overLimits({ definitions }: DocumentNode): GraphQLError | undefined {
  const fragments = new Map<string, SelectionSetNode>()
  for (const definition of definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition.selectionSet)
  }
  const measured = new Map<string, Size>()

  function sizeOfFragment(name: string): Size {
    const known = measured.get(name)
    if (known !== undefined) return known
    // One that spreads itself adds nothing to itself here: the rules of the language refuse it afterwards.
    measured.set(name, { fields: 0, depth: 0, aliases: 0 })
    const fragment = fragments.get(name)
    const size = fragment ? sizeOf(fragment) : { fields: 0, depth: 0, aliases: 0 }
    measured.set(name, size)
    return size
  }

  function sizeOf({ selections }: SelectionSetNode): Size {
    const sum: Size = { fields: 0, depth: 0, aliases: 0 }
    for (const selection of selections) {
      const isField = selection.kind === Kind.FIELD
      const below =
        selection.kind === Kind.FRAGMENT_SPREAD
          ? sizeOfFragment(selection.name.value)
          : selection.selectionSet && sizeOf(selection.selectionSet)
      sum.fields += (isField ? 1 : 0) + (below?.fields ?? 0)
      sum.aliases += (isField && selection.alias ? 1 : 0) + (below?.aliases ?? 0)
      sum.depth = Math.max(sum.depth, (isField ? 1 : 0) + (below?.depth ?? 0))
    }
    return sum
  }

  for (const definition of definitions) {
    if (!('selectionSet' in definition) || definition.selectionSet === undefined) continue
    const size = sizeOf(definition.selectionSet)
    for (const what of ['fields', 'depth', 'aliases'] as const) {
      if (size[what] <= limits[what]) continue
      const message = `The document is too large: ${told[what](size[what])}, and ${limits[what]} at most are looked at. Ask for less at once.`
      return new GraphQLError(message, { extensions: { code: 'DocumentTooLarge' } })
    }
  }
  return undefined
}

import type { Figure } from './figure.ts'

// Markdown that can also be read as it is, so that a run can be copied into docs/benchmarks.md.
const widths = [36, 8, 8, 22, 25]

/** The first two lines of a table. */
export function tableHead(unit: string): string {
  return row([unit, 'ours', 'peer', 'ratio (quartiles)', 'bar']) + row(widths.map((width) => '-'.repeat(width)))
}

/** A figure as a line of the table: medians, the ratio with its quartiles, what it is held to. */
export function tableRow({ name, ours, peer, ratio, bar }: Figure): string {
  return row([
    name,
    number(ours.median),
    peer ? number(peer.median) : '',
    ratio ? `${ratio.median.toFixed(2)} (${ratio.quartiles.map((quartile) => quartile.toFixed(2)).join(' to ')})` : '',
    bar ? `at ${bar.at} ${number(bar.limit)}: ${bar.met ? 'met' : '**missed**'}` : '',
  ])
}

function row(cells: readonly string[]): string {
  return `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |\n`
}

function number(value: number): string {
  return value.toLocaleString('en', value < 100 ? { maximumSignificantDigits: 3 } : { maximumFractionDigits: 0 })
}

/** What reading some inputs gives, in their order, with so many reads under way at a time. */
export async function* readAhead<Input, Output>(
  inputs: AsyncIterable<Input>,
  limit: number,
  read: (input: Input) => Promise<Output>,
): AsyncGenerator<Output> {
  const reads: Promise<Output>[] = []
  for await (const input of inputs) {
    const output = read(input)
    // It is reported when its turn comes, or not at all when an earlier one failed.
    output.catch(() => {})
    reads.push(output)
    if (reads.length >= limit) yield (await reads.shift()) as Output
  }
  for (const output of reads) yield await output
}

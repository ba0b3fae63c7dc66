import { type Command, Help } from 'commander'

/**
 * How help is laid out: a description's paragraphs are wrapped at the width of the terminal, and not at the ends of our own
 * lines as well. What is indented is to be copied, and stays as it is.
 */
export const helpText: Partial<Help> = {
  showGlobalOptions: true,
  commandDescription: (command: Command) => command.description().replace(/(?<=\S)\n(?=\S)/g, ' '),
  boxWrap(text, width) {
    const wrap = (line: string) => (/^\s/.test(line) ? line : Help.prototype.boxWrap.call(this, line, width))
    return text.split('\n').map(wrap).join('\n')
  },
}

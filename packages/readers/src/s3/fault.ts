/** One object cannot be read on, while others can. The sentence is what is said of it where failed records go. */
export class ObjectFault extends Error {}

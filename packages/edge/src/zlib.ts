/**
 * Node's zlib, read when it is first needed: that takes a fifteenth of a function's start, and most functions never
 * meet a compressed body or an audit.
 */
export function zlib(): typeof import('node:zlib') {
  return process.getBuiltinModule('node:zlib')
}

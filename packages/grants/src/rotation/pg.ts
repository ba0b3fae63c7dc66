// Loaded with the first database. Nothing of ours may be in here, or a bundle would hold it twice.
export { Client, escapeIdentifier, escapeLiteral } from 'pg'

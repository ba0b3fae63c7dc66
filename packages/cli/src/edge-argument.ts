/** What an edge is named by, in help. */
export const edgeOrGrant = 'queue URL, queue ARN, or name in your own account; left out where --grant names it'

/** What `--grant` takes of a command about an edge, in help. */
export const grantOfEdge =
  'a grant in place of the edge, the role and its ExternalId: its id, or what grant export --for-reader has written'

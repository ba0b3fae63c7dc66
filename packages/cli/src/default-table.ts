/** The table that infra/grants.yaml makes, unless it is told otherwise. */
export const defaultTable = 'causeway-grants'

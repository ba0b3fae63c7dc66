export { type GrantState, grantStates, type StoredState, stateAt } from './grants/state.ts'
export { type GrantAction, GrantRefused, nextState } from './grants/transitions.ts'

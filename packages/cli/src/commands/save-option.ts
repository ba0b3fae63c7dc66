import { Option } from 'commander'

/** The flag of what takes messages off an edge that says where their bodies are kept. */
export const saveOption = (): Option =>
  new Option('--save <folder>', 'save each body in this folder, as a file that is named for the tracking id')

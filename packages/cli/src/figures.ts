/** 1,204 records */
export const records = (count: number): string => `${count.toLocaleString('en')} ${count === 1 ? 'record' : 'records'}`

const units = ['B', 'KB', 'MB', 'GB', 'TB'] as const

/** 41.2 MB */
export function bytes(count: number): string {
  const power = count < 1_000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(count) / 3))
  return `${(count / 1_000 ** power).toFixed(power === 0 ? 0 : 1)} ${units[power]}`
}

/** 3 m 12 s */
export function duration(milliseconds: number): string {
  const seconds = Math.ceil(milliseconds / 1_000)
  const [days = 0, hours = 0, minutes = 0] = [86_400, 3_600, 60].map((unit) => Math.floor(seconds / unit))
  if (days > 0) return `${days} d ${hours % 24} h`
  if (hours > 0) return `${hours} h ${minutes % 60} m`
  return minutes > 0 ? `${minutes} m ${seconds % 60} s` : `${seconds} s`
}

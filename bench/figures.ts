/** Numbers of one measure. */
export interface Figures {
  readonly n: number
  readonly median: number
  readonly p95: number
  readonly p99: number
}

export function figures(values: readonly number[]): Figures {
  const sorted = [...values].sort((a, b) => a - b)
  const at = (share: number) =>
    sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN
  return { n: sorted.length, median: at(0.5), p95: at(0.95), p99: at(0.99) }
}

export function row(name: string, { n, median, p95 }: Figures, base?: Figures): string {
  const ratio = base ? (median / base.median).toFixed(2) : ''
  return `| ${name.padEnd(44)} | ${String(n).padStart(3)} | ${median.toFixed(0).padStart(9)} | ${p95.toFixed(0).padStart(7)} | ${ratio.padStart(12)} |`
}

export const HEAD = [
  `| ${'measure'.padEnd(44)} |   n | median ms |  p95 ms | of warm ssh |`,
  `| ${'-'.repeat(44)} | --: | --------: | ------: | ----------: |`,
].join('\n')

import { readFileSync } from 'node:fs'

/** How much memory a process has, asked again and again. */
export interface Watched {
  /** Ends it: at the beginning, at most, at the end, and how much it grew a minute since `warmMs`. */
  end(): MemoryFigures
}

export interface MemoryFigures {
  readonly firstMb: number
  readonly mostMb: number
  readonly lastMb: number
  readonly mbPerMinute: number
}

const EVERY_MS = 250

export function watchMemory(pid: number, warmMs: number): Watched {
  const began = performance.now()
  const seen: { readonly minutes: number; readonly mb: number }[] = []
  const look = () => {
    const mb = rssMb(pid)
    if (mb !== undefined) seen.push({ minutes: (performance.now() - began) / 60_000, mb })
  }
  look()
  const timer = setInterval(look, EVERY_MS)
  return {
    end() {
      clearInterval(timer)
      look()
      const all = seen.map(({ mb }) => mb)
      const warm = seen.filter(({ minutes }) => minutes * 60_000 >= warmMs)
      return {
        firstMb: all[0] ?? 0,
        mostMb: Math.max(...all),
        lastMb: all.at(-1) ?? 0,
        mbPerMinute: slopeOf(warm.map(({ minutes, mb }) => [minutes, mb])),
      }
    },
  }
}

/** Undefined: the process is gone. */
function rssMb(pid: number): number | undefined {
  try {
    const [, kb] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
    return kb === undefined ? undefined : Number(kb) / 1_024
  } catch {
    return undefined
  }
}

/** Of the straight line that fits best. */
function slopeOf(points: readonly (readonly [number, number])[]): number {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
  const [x, y] = [mean(points.map(([x]) => x)), mean(points.map(([, y]) => y))]
  const along = points.reduce((sum, [px]) => sum + (px - x) ** 2, 0)
  return points.reduce((sum, [px, py]) => sum + (px - x) * (py - y), 0) / along
}

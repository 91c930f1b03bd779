import { readFile } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import { extname, join } from 'node:path'

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.woff2': 'font/woff2',
  '.svg': 'image/svg+xml',
}

/**
 * Serves a file of the built page; `path` is that of a URL, in which no `..` is left. `framed` are the addresses that the page shows in frames; it loads nothing else from elsewhere.
 */
export async function serveFile(
  folder: string,
  path: string,
  framed: readonly string[],
  response: ServerResponse,
): Promise<void> {
  const name = path === '/' ? 'index.html' : path.slice(1)
  const type = TYPES[extname(name)]
  const body = type ? await readFile(join(folder, name)).catch(() => undefined) : undefined
  if (type === undefined || body === undefined) {
    response.writeHead(404, { 'Content-Type': 'text/plain; charset=utf-8' }).end('There is nothing here.')
    return
  }
  response
    .writeHead(200, {
      'Content-Type': type,
      'Content-Security-Policy': policyFor(framed),
      'Cache-Control': 'no-cache',
      'Cross-Origin-Resource-Policy': 'same-origin',
      'Referrer-Policy': 'no-referrer',
      'X-Content-Type-Options': 'nosniff',
    })
    .end(body)
}

function policyFor(framed: readonly string[]): string {
  const origins = [...new Set(framed.map(url => new URL(url).origin))]
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "font-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    `frame-src ${origins.join(' ') || "'none'"}`,
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ')
}

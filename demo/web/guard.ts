import type { IncomingHttpHeaders } from 'node:http'

/**
 * Why a request is refused, as a sentence; undefined when it is served. Other pages of the browser reach this port as
 * well: by the Host of a name of theirs that leads here, or by a request whose Origin is theirs. What acts has to name
 * its origin, what only reads may leave it out, as browsers do.
 */
export function refusalOf(headers: IncomingHttpHeaders, port: number, acts: boolean): string | undefined {
  const host = headers.host ?? ''
  if (host !== `127.0.0.1:${port}` && host !== `localhost:${port}`)
    return `This page is served as 127.0.0.1:${port} and localhost:${port} only.`
  if (headers.origin === undefined && !acts) return undefined
  return headers.origin === `http://${host}` ? undefined : 'Only the page of this address may do that.'
}

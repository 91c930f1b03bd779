import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { hostname } from 'node:os'
import { page } from './page.js'

// Read once, at start: what is answered is the revision of the code that is loaded, not of the files on disk.
const revision = readRevision()
const { PORT = '8000', HOST_NAME: host = 'nowhere', HOSTNAME: container = hostname() } = process.env
const body = page({ host, container, revision })

createServer((_, response) => {
  response.writeHead(200, {
    'Content-Type': 'text/html; charset=utf-8',
    'Cache-Control': 'no-store',
    'X-Container': container,
    'X-Revision': revision,
  })
  response.end(body)
}).listen(PORT)

function readRevision() {
  try {
    return readFileSync(new URL('REVISION', import.meta.url), 'utf8').trim()
  } catch {
    return 'none'
  }
}

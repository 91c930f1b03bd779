import { COLOUR, VERSION, WORDS } from './look.js'
import { softly } from './parachute.js'

/** Looks every half second whether another revision or container answers, and shows that one then. */
const FOLLOW = `
const seen = async () => {
  const { headers } = await fetch(location.href)
  return headers.get('X-Revision') + headers.get('X-Container')
}
const first = seen()
setInterval(async () => { try { if (await seen() !== await first) location.reload() } catch {} }, 500)`

export function page({ host, container, revision }) {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Lander ${softly(VERSION)} on ${softly(host)}</title>
<style>
  body { margin: 0; min-height: 100vh; display: grid; place-content: center; text-align: center;
    font: 16px/1.5 system-ui, sans-serif; color: #fff; background: ${COLOUR} }
  h1 { margin: 0; font-size: 2rem } p { margin: .25rem } code { font-size: .9rem }
</style>
<h1>Lander ${softly(VERSION)}</h1>
<p>${softly(WORDS)}</p>
<p><code>${softly(revision.slice(0, 7))}</code> on ${softly(host)}, container <code>${softly(container)}</code></p>
<script>${FOLLOW}</script>
`
}

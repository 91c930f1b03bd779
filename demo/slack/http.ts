import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Answer, type Args, readArgs, refuse } from './answer.ts'
import type { Budget } from './budget.ts'
import type { JsonObject } from './json.ts'
import { receiveUpload } from './methods-files.ts'
import type { ResponseUrls } from './responses.ts'
import { answer, type TokenKind } from './web-api.ts'
import type { World } from './world.ts'

/** One Web API call as it came in and as it was answered. */
export type LoggedCall = {
  readonly method: string
  readonly token: TokenKind
  readonly args: JsonObject
  /** The HTTP status that was sent; 0 when the connection was cut in place of an answer. */
  readonly status: number
  /** What the call came to, even if the answer was lost on its way; undefined when an HTTP error came first. */
  readonly answer: Answer | undefined
  readonly atMs: number
}

type Desk = {
  readonly world: World
  readonly tokens: { readonly bot: string; readonly app: string }
  readonly responseUrls: ResponseUrls
  readonly budget: Budget
  readonly log: (call: LoggedCall) => void
}

/** Answers one HTTP request: the Web API, the upload addresses and the response_urls. */
export async function serve(desk: Desk, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await readBody(request)
  const path = new URL(request.url ?? '/', desk.world.origin).pathname
  const contentType = request.headers['content-type'] ?? ''
  if (request.method !== 'POST') return end(response, 405, 'Only POST is answered here.')
  if (path.startsWith('/api/')) return callMethod(desk, path.slice('/api/'.length), request, response, body)
  if (path.startsWith('/response/')) {
    const args = readArgs(contentType, body.toString('utf8'))
    const { status, text } = desk.responseUrls.receive(path, contentType, args)
    return end(response, status, text)
  }
  if (path.startsWith('/upload/v1/')) {
    const bytes = await bytesOf(contentType, body)
    const isTaken = receiveUpload(desk.world.workspace, path.slice('/upload/v1/'.length), bytes)
    return isTaken
      ? end(response, 200, `OK - ${bytes.length}`)
      : end(response, 400, 'No such upload, or wrong size.')
  }
  return end(response, 404, 'There is nothing here.')
}

async function callMethod(
  { world, tokens, budget, log }: Desk,
  method: string,
  request: IncomingMessage,
  response: ServerResponse,
  body: Buffer,
): Promise<void> {
  const args = readArgs(request.headers['content-type'] ?? '', body.toString('utf8'))
  const token = kindOf(request.headers.authorization, tokens)
  const note = (status: number, found: Answer | undefined): void =>
    log({
      method,
      token,
      args: args === undefined ? {} : decoded(args),
      status,
      answer: found,
      atMs: world.workspace.now(),
    })
  const fault = world.faults.met(method)
  if (fault?.kind === 'held') await fault.until
  const waitSeconds =
    fault?.kind === 'rate limited'
      ? fault.retryAfterSeconds
      : budget.spend(method, args?.text('channel') ?? '')
  if (waitSeconds !== undefined) {
    note(429, undefined)
    return endJson(response, 429, refuse('ratelimited'), { 'Retry-After': String(waitSeconds) })
  }
  if (fault?.kind === 'server error') {
    note(fault.status, undefined)
    return end(response, fault.status, 'Our servers are having a hard time.')
  }
  const found = answerOrFault()
  if (fault?.kind === 'answer lost') {
    note(0, found)
    request.socket.destroy()
    return
  }
  note(200, found)
  return endJson(response, 200, found, { 'X-OAuth-Scopes': world.scopes.join(',') })

  function answerOrFault(): Answer {
    if (args === undefined) return refuse('invalid_post_type')
    if (fault?.kind === 'refused') return refuse(fault.error)
    return answer(method, token, args, world)
  }
}

function kindOf(
  authorization: string | undefined,
  tokens: { readonly bot: string; readonly app: string },
): TokenKind {
  if (authorization === undefined) return 'none'
  if (authorization === `Bearer ${tokens.bot}`) return 'bot'
  return authorization === `Bearer ${tokens.app}` ? 'app' : 'unknown'
}

function decoded(args: Args): JsonObject {
  const structured = new Set(['blocks', 'attachments', 'metadata', 'view', 'files'])
  return Object.fromEntries(
    Object.entries(args.raw).map(([name, value]) => [
      name,
      structured.has(name) ? args.structure(name) : value,
    ]),
  )
}

/** The bytes of an upload: the body itself, or the one file in a form. */
async function bytesOf(contentType: string, body: Buffer): Promise<Buffer> {
  if (!contentType.startsWith('multipart/form-data')) return body
  const form = await new Response(new Uint8Array(body), {
    headers: { 'Content-Type': contentType },
  }).formData()
  for (const part of form.values()) if (typeof part !== 'string') return Buffer.from(await part.arrayBuffer())
  return Buffer.alloc(0)
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks)
}

function end(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8' }).end(text)
}

function endJson(
  response: ServerResponse,
  status: number,
  body: Answer,
  headers: Record<string, string>,
): void {
  response
    .writeHead(status, { 'Content-Type': 'application/json; charset=utf-8', ...headers })
    .end(JSON.stringify(body))
}

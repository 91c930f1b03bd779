import { randomUUID } from 'node:crypto'
import { type Args, type Refusal, refuse } from './answer.ts'
import { isList, isObject, type JsonObject } from './json.ts'
import { faultsOfBlocks, isTooLongAltogether } from './validate-blocks.ts'

/** What a message says, whoever sent it and by whichever way. */
export type Content = {
  readonly text: string
  readonly blocks: readonly JsonObject[]
  readonly attachments: readonly JsonObject[]
  readonly metadata: JsonObject | undefined
  /** How Slack treats the text; `client` links names and URLs by itself, `none` leaves it alone. */
  readonly parse: string
  readonly linkNames: boolean
  readonly unfurlsLinks: boolean
}

type Read = { readonly ok: true; readonly content: Content } | Refusal

const MOST_TEXT_OF_A_POST = 40_000
const MOST_TEXT_OF_AN_UPDATE = 4_000
const MOST_ATTACHMENTS = 100

/**
 * Reads and validates text, blocks, attachments and metadata. A post that is too long is cut, as Slack does; an
 * update that is too long is refused. `parse` of an update falls back to `client`, that of a post to `none`.
 */
export function readContent(args: Args, purpose: 'post' | 'update'): Read {
  const blocks = args.has('blocks') ? args.structure('blocks') : []
  if (!isList(blocks)) return refuse('invalid_blocks_format')
  const attachments = args.has('attachments') ? args.structure('attachments') : []
  if (!isList(attachments) || !attachments.every(isObject)) return refuse('invalid_attachments')
  if (attachments.length > MOST_ATTACHMENTS) return refuse('too_many_attachments')
  const text = args.text('text')
  if (text === '' && blocks.length === 0 && attachments.length === 0) return refuse('no_text')
  if (purpose === 'update' && text.length > MOST_TEXT_OF_AN_UPDATE) return refuse('msg_too_long')

  const faults = [
    ...faultsOfBlocks(blocks),
    ...attachments.flatMap((attachment, index) =>
      attachment['blocks'] === undefined
        ? []
        : faultsOfBlocks(attachment['blocks'], `/attachments/${index}/blocks`),
    ),
  ]
  if (faults.length > 0) return invalid('invalid_blocks', faults)
  if (isTooLongAltogether([blocks, attachments.map(attachment => attachment['blocks'])]))
    return refuse('msg_blocks_too_long')

  const metadata = args.has('metadata') ? args.structure('metadata') : undefined
  if (args.has('metadata') && !isObject(metadata)) return refuse('invalid_metadata_format')
  if (
    isObject(metadata) &&
    (typeof metadata['event_type'] !== 'string' || !isObject(metadata['event_payload']))
  )
    return refuse('invalid_metadata_schema')

  return {
    ok: true,
    content: {
      text: text.slice(0, MOST_TEXT_OF_A_POST),
      blocks: withIds(blocks.filter(isObject)),
      attachments,
      metadata: isObject(metadata) ? metadata : undefined,
      parse: args.text('parse') || (purpose === 'update' ? 'client' : 'none'),
      linkNames: args.flag('link_names'),
      unfurlsLinks: args.flag('unfurl_links', true),
    },
  }
}

/** Text and nothing else. */
export function plainContent(text: string): Content {
  return {
    text,
    blocks: [],
    attachments: [],
    metadata: undefined,
    parse: 'none',
    linkNames: false,
    unfurlsLinks: true,
  }
}

/** Several faults at once, as `invalid_blocks` and `invalid_arguments` list them. */
export function invalid(error: string, faults: readonly string[]): Refusal {
  return refuse(error, {
    errors: faults,
    response_metadata: { messages: faults.map(fault => `[ERROR] ${fault}`) },
  })
}

/** Slack names every block and every interactive element that came without a name. */
function withIds(blocks: readonly JsonObject[]): readonly JsonObject[] {
  return blocks.map(block => {
    const elements = block['elements']
    const accessory = block['accessory']
    return {
      ...block,
      block_id: block['block_id'] ?? newId(),
      ...(block['type'] === 'actions' && isList(elements) ? { elements: elements.map(withActionId) } : {}),
      ...(accessory === undefined ? {} : { accessory: withActionId(accessory) }),
    }
  })
}

function withActionId(element: unknown): unknown {
  if (!isObject(element) || element['type'] === 'image' || element['action_id'] !== undefined) return element
  return { ...element, action_id: newId() }
}

function newId(): string {
  return randomUUID().slice(0, 5)
}

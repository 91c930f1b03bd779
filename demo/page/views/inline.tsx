import { useDesk } from '../desk.ts'
import { emojiNamed } from '../model/emoji.ts'
import type { Inline } from '../model/inline.ts'
import { mentionName } from '../model/names.ts'
import { placeOf } from '../model/rows.ts'
import { dateText } from '../model/times.ts'

/** Texts become text nodes, never markup. */
export function InlineView({ nodes }: { readonly nodes: readonly Inline[] }) {
  return (
    <>
      {nodes.map((node, index) => (
        <NodeView key={index} node={node} />
      ))}
    </>
  )
}

function NodeView({ node }: { readonly node: Inline }) {
  const { nowMs } = useDesk()
  switch (node.kind) {
    case 'text':
      return <>{node.text}</>
    case 'styled':
      return <Styled node={node} />
    case 'fence':
      return <span class="fence">{node.text}</span>
    case 'link':
      return <Link url={node.url} label={node.label} />
    case 'mention':
      return <Mention node={node} />
    case 'everybody':
      return <span class="mention you">@{node.range}</span>
    case 'date':
      return (
        <time dateTime={new Date(node.seconds * 1000).toISOString()} title={node.fallback}>
          {dateText(node.seconds, node.format, nowMs)}
        </time>
      )
    case 'emoji':
      return <Emoji name={node.name} />
  }
}

function Styled({ node: { style, inner } }: { readonly node: Inline & { readonly kind: 'styled' } }) {
  const inside = <InlineView nodes={inner} />
  switch (style) {
    case 'bold':
      return <strong>{inside}</strong>
    case 'italic':
      return <em>{inside}</em>
    case 'strike':
      return <s>{inside}</s>
    case 'code':
      return <code>{inside}</code>
  }
}

/** An address of a message here opens it; any other opens elsewhere, and learns nothing of this page. */
function Link({ url, label }: { readonly url: string; readonly label: string }) {
  const { state, tell } = useDesk()
  const place = placeOf(url, state.seen.workspace)
  if (place)
    return (
      <button type="button" class="link" onClick={() => tell({ kind: 'opens thread', ...place })}>
        {label}
      </button>
    )
  return (
    <a href={url} target="_blank" rel="noreferrer noopener">
      {label}
    </a>
  )
}

function Mention({ node: { of, id } }: { readonly node: Inline & { readonly kind: 'mention' } }) {
  const { state, tell } = useDesk()
  const name = mentionName(state.seen.workspace, of, id)
  if (of === 'channel')
    return (
      <button type="button" class="link" onClick={() => tell({ kind: 'opens channel', channel: id })}>
        {name}
      </button>
    )
  return <span class={id === state.me ? 'mention you' : 'mention'}>{name}</span>
}

function Emoji({ name }: { readonly name: string }) {
  const character = emojiNamed(name)
  if (character === undefined) return <>:{name}:</>
  return (
    <span class="emoji" role="img" aria-label={name.replaceAll('_', ' ')}>
      {character}
    </span>
  )
}

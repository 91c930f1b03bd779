import type { Message } from '../../web/protocol.ts'
import { useDesk } from '../desk.ts'
import type { Block, Button } from '../model/blocks.ts'
import type { RichPart } from '../model/rich-text.ts'
import { InlineView } from './inline.tsx'

export function BlockView({ block, message }: { readonly block: Block; readonly message: Message }) {
  switch (block.kind) {
    case 'section':
      return (
        <div class="section">
          {block.texts.map((text, index) => (
            <p key={index}>
              <InlineView nodes={text} />
            </p>
          ))}
          {block.button && <ButtonView button={block.button} message={message} />}
        </div>
      )
    case 'context':
      return (
        <p class="context">
          {block.texts.map((text, index) => (
            <span key={index}>
              <InlineView nodes={text} />
            </span>
          ))}
        </p>
      )
    case 'actions':
      return (
        <div class="actions">
          {block.buttons.map(button => (
            <ButtonView key={button.action} button={button} message={message} />
          ))}
        </div>
      )
    case 'header':
      return <h3 class="header">{block.text}</h3>
    case 'divider':
      return <hr />
    case 'rich':
      return (
        <div class="rich">
          {block.parts.map((part, index) => (
            <RichPartView key={index} part={part} />
          ))}
        </div>
      )
    case 'unknown':
      return <p class="note">A block of the kind {block.type}, which this page does not draw.</p>
  }
}

function ButtonView({ button, message }: { readonly button: Button; readonly message: Message }) {
  const { state, press } = useDesk()
  return (
    <button
      type="button"
      class={`button ${button.style}`}
      aria-label={button.label}
      aria-haspopup={button.confirm ? 'dialog' : undefined}
      onClick={() => press(message, button, state.me)}
    >
      {button.text}
    </button>
  )
}

function RichPartView({ part }: { readonly part: RichPart }) {
  switch (part.kind) {
    case 'lines':
      return (
        <p>
          <InlineView nodes={part.inline} />
        </p>
      )
    case 'quote':
      return (
        <blockquote>
          <InlineView nodes={part.inline} />
        </blockquote>
      )
    case 'preformatted':
      return <pre>{part.text}</pre>
    case 'list': {
      const items = part.items.map((item, index) => (
        <li key={index}>
          <InlineView nodes={item} />
        </li>
      ))
      return part.isOrdered ? <ol>{items}</ol> : <ul>{items}</ul>
    }
  }
}

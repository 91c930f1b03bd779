import { useDesk } from '../desk.ts'

/** The real files that the bot was started with. */
export function FilesView() {
  const { files } = useDesk().state.seen.shown
  return (
    <>
      <p class="lead">This is all the configuration there is.</p>
      {files.map(({ name, text }) => (
        <section key={name} class="file" aria-label={name}>
          <h3>{name}</h3>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reachable by keyboard */}
          <pre tabIndex={0}>
            {text.split(/(?<=\n)/).map((line, index) => (
              <Line key={index} line={line} />
            ))}
          </pre>
        </section>
      ))}
    </>
  )
}

/** A line with its key and its comment told apart. */
function Line({ line }: { readonly line: string }) {
  const [, indent = '', key = '', rest = ''] = /^([\s-]*)([\w.-]+(?=[:=]))?(.*)$/s.exec(line) ?? []
  const at = rest.search(/(?:^|\s)#/)
  const value = at < 0 ? rest : rest.slice(0, at)
  return (
    <>
      {indent}
      <b>{key}</b>
      {value}
      <i>{rest.slice(value.length)}</i>
    </>
  )
}

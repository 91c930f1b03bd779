import { useEffect, useState } from 'preact/hooks'
import type { HostLook } from '../../web/protocol.ts'
import { useDesk } from '../desk.ts'

/** The service's page on each host, loaded anew whenever it has changed. */
export function HostsView() {
  const { hosts } = useDesk().state.seen
  return (
    <>
      {hosts.map(host => (
        <HostView key={host.name} host={host} />
      ))}
    </>
  )
}

function HostView({ host: { name, url, isUp, revision, container } }: { readonly host: HostLook }) {
  const served = isUp ? (revision?.slice(0, 7) ?? 'unknown') : undefined
  const isFresh = useFresh(served)
  return (
    <section class={isFresh ? 'host fresh' : 'host'} aria-label={name} data-host={name}>
      <header>
        <h3>{name}</h3>
        <p class="host-state">
          <span class={isUp ? 'dot good' : 'dot bad'} aria-hidden="true" />
          {served === undefined ? 'does not answer' : <code>{served}</code>}
        </p>
        <a href={url} target="_blank" rel="noreferrer noopener">
          <span class="sr-only">Open the page of {name}</span>
          <span aria-hidden="true">↗</span>
        </a>
      </header>
      {served === undefined ? (
        <p class="host-down">Nothing answers here at the moment.</p>
      ) : (
        <div class="host-page">
          <iframe
            key={`${served} ${container}`}
            src={url}
            title={`The page that ${name} serves`}
            sandbox="allow-scripts allow-same-origin"
          />
        </div>
      )}
    </section>
  )
}

/** True for a moment after the value has changed. */
function useFresh(value: string | undefined): boolean {
  const [known, setKnown] = useState(value)
  useEffect(() => {
    const timer = setTimeout(() => setKnown(value), 1_500)
    return () => clearTimeout(timer)
  }, [value])
  return value !== known
}

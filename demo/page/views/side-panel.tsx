import { useState } from 'preact/hooks'
import { FilesView } from './files.tsx'
import { HostsView } from './hosts.tsx'
import { TourCard } from './tour-card.tsx'

const TABS = [
  { id: 'hosts', name: 'Hosts' },
  { id: 'files', name: 'Configuration' },
] as const

/** Beside the chat: the tour, and what the bot works on. */
export function SidePanel() {
  const [tab, setTab] = useState<(typeof TABS)[number]['id']>('hosts')
  const turn = (event: KeyboardEvent): void => {
    if (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight') return
    const other = tab === 'hosts' ? 'files' : 'hosts'
    setTab(other)
    document.getElementById(`tab-${other}`)?.focus()
  }
  return (
    <aside class="side" aria-label="Tour, hosts and configuration">
      <TourCard />
      <div class="tabs" role="tablist" aria-label="What the bot works on" onKeyDown={turn}>
        {TABS.map(({ id, name }) => (
          <button
            type="button"
            key={id}
            id={`tab-${id}`}
            role="tab"
            aria-selected={tab === id}
            aria-controls="tab-panel"
            tabIndex={tab === id ? 0 : -1}
            onClick={() => setTab(id)}
          >
            {name}
          </button>
        ))}
      </div>
      <div class="tab-panel" id="tab-panel" role="tabpanel" aria-labelledby={`tab-${tab}`}>
        {tab === 'hosts' ? <HostsView /> : <FilesView />}
      </div>
    </aside>
  )
}

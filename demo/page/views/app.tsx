import { DeskContext, useLiveDesk } from '../desk.ts'
import { ChannelView } from './channel.tsx'
import { ConfirmDialog } from './confirm.tsx'
import { SidePanel } from './side-panel.tsx'
import { Sidebar } from './sidebar.tsx'
import { ThreadPane } from './thread.tsx'

export function App() {
  const desk = useLiveDesk()
  if (desk === undefined) return <p class="loading">Connecting to the local Slack …</p>
  const { isLive, thread, asking } = desk.state
  return (
    <DeskContext.Provider value={desk}>
      <div class={thread === undefined ? 'app' : 'app with-thread'}>
        <Sidebar />
        <ChannelView />
        {thread !== undefined && <ThreadPane />}
        <SidePanel />
      </div>
      {asking && <ConfirmDialog asking={asking} />}
      <p class={isLive ? 'banner hidden' : 'banner'} role="status">
        {isLive ? '' : 'The demo does not answer. What you see may be old; the page comes back by itself.'}
      </p>
    </DeskContext.Provider>
  )
}

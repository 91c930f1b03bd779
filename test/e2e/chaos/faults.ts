import type { Fault } from '../../chaos/plan.ts'
import type { RigHost } from '../rig/host.ts'
import type { Replica } from './replica.ts'
import type { Stage } from './stage.ts'

/** Lets it begin; what is given ends it. Both rather fail than leave the stage as it should not be. */
export async function strike(stage: Stage, fault: Fault): Promise<() => unknown> {
  const { slack, database } = stage
  switch (fault.kind) {
    case 'kill':
    case 'terminate':
      return down(replicaOf(stage, fault.replica), fault.kind === 'kill' ? 'SIGKILL' : 'SIGTERM')
    case 'stop': {
      const { process } = replicaOf(stage, fault.replica)
      process.signal('SIGSTOP')
      return () => process.signal('SIGCONT')
    }
    case 'cut-database':
    case 'hush-database': {
      const cable = stage.cables[fault.replica]
      if (fault.kind === 'cut-database') cable?.cut()
      else cable?.hush()
      return () => cable?.mend()
    }
    case 'kill-database':
      await database.kill()
      return () => database.start()
    case 'cut-links':
      await hostOf(stage, fault.host).cutLinks()
      return () => {}
    case 'freeze-links': {
      const host = hostOf(stage, fault.host)
      await host.freezeLinks()
      return () => host.thawLinks()
    }
    case 'limit':
      slack.faults.rateLimit(fault.method, { times: Number.POSITIVE_INFINITY })
      return () => slack.faults.heal(fault.method)
    case 'fail':
      slack.faults.serverError(fault.method, { times: Number.POSITIVE_INFINITY })
      return () => slack.faults.heal(fault.method)
    case 'hang': {
      const release = slack.faults.hold(fault.method, Number.POSITIVE_INFINITY)
      return () => {
        slack.faults.heal(fault.method)
        release()
      }
    }
    case 'drop-sockets':
      slack.faults.connectionsOpenDown()
      slack.faults.dropConnections()
      return () => slack.faults.heal('apps.connections.open')
  }
}

function down(replica: Replica, signal: 'SIGKILL' | 'SIGTERM'): () => void {
  const ended = replica.down(signal)
  ended.catch(() => {})
  return () => replica.up()
}

function replicaOf({ replicas }: Stage, number: number): Replica {
  const replica = replicas[number]
  if (!replica) throw new Error(`There is no replica ${number}.`)
  return replica
}

function hostOf({ hosts }: Stage, number: number): RigHost {
  const host = hosts[number]
  if (!host) throw new Error(`There is no host ${number}.`)
  return host
}

import { randomUUID } from 'node:crypto'
import { type Answer, refuse } from './answer.ts'
import { invalid } from './content.ts'
import { isObject } from './json.ts'
import { faultsOfModal } from './validate-blocks.ts'
import type { Call } from './world.ts'

export function viewsOpen({ world, args }: Call): Answer {
  const trigger = args.text('trigger_id')
  if (trigger === '' || !args.has('view')) return refuse('invalid_arguments')
  const view = args.structure('view')
  const faults = faultsOfModal(view)
  if (faults.length > 0 || !isObject(view)) return invalid('invalid_arguments', faults)
  const spent = world.triggers.exchange(trigger)
  if (spent !== undefined) return refuse(spent)
  const id = `V${randomUUID().replaceAll('-', '').slice(0, 10).toUpperCase()}`
  const opened = { id, view }
  world.workspace.views.push(opened)
  world.workspace.announce({ kind: 'view opened', view: opened })
  return { ok: true, view: { ...view, id, team_id: world.workspace.team.id, hash: id } }
}

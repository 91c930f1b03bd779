import { randomUUID } from 'node:crypto'
import { type Answer, refuse } from './answer.ts'
import { plainContent } from './content.ts'
import { isList, isObject } from './json.ts'
import { blankMessage, mayNotPost, readThread } from './methods-chat.ts'
import type { File } from './shapes.ts'
import type { Workspace } from './workspace.ts'
import type { Call } from './world.ts'

/** Step 1 of 3: an address to send the bytes to. */
export function getUploadUrl({ world, args }: Call): Answer {
  const filename = args.text('filename')
  const length = args.number('length')
  if (filename === '' || length === undefined || length <= 0) return refuse('invalid_arguments')
  const id = `F${randomUUID().replaceAll('-', '').slice(0, 10).toUpperCase()}`
  world.workspace.files.set(id, { id, filename, length, title: undefined, bytes: undefined, isShared: false })
  return { ok: true, file_id: id, upload_url: `${world.origin}/upload/v1/${id}` }
}

/** Step 2 of 3. False when nobody asked for the address or the bytes are not as many as announced. */
export function receiveUpload(workspace: Workspace, id: string, bytes: Buffer): boolean {
  const file = workspace.files.get(id)
  if (file === undefined || file.bytes !== undefined || bytes.length !== file.length) return false
  workspace.files.set(id, { ...file, bytes })
  return true
}

/** Step 3 of 3: the file exists, and a message shows it if a channel is named. */
export function completeUpload({ world, args }: Call): Answer {
  const { workspace } = world
  const wanted = args.structure('files')
  if (!isList(wanted) || wanted.length === 0) return refuse('invalid_arguments')
  const files: File[] = []
  for (const item of wanted) {
    const id = isObject(item) ? item['id'] : undefined
    const file = typeof id === 'string' ? workspace.files.get(id) : undefined
    if (!isObject(item) || file?.bytes === undefined || file.isShared) return refuse('file_not_found')
    const title = item['title']
    files.push({ ...file, title: typeof title === 'string' ? title : file.filename, isShared: true })
  }
  if (args.text('channel_id') !== '') {
    const channel = workspace.channels.get(args.text('channel_id'))
    const barred = mayNotPost(world, channel)
    if (barred !== undefined || channel === undefined) return barred ?? refuse('channel_not_found')
    const thread = readThread(workspace, channel, args.raw['thread_ts'])
    if (!thread.ok) return thread
    workspace.post({
      ...blankMessage(channel.id, workspace.nextTs(), workspace.team.botUserId),
      ...plainContent(args.text('initial_comment')),
      via: 'files',
      thread_ts: thread.ts,
      files: files.map(file => file.id),
    })
  }
  for (const file of files) workspace.files.set(file.id, file)
  return { ok: true, files: files.map(({ id, title }) => ({ id, title })) }
}

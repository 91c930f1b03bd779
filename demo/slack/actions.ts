import { isList, isObject, type JsonObject } from './json.ts'

/** What of a click decides which element it meets. */
export type Aim = {
  readonly actionId: string
  readonly value?: string | undefined
  readonly confirms?: true | undefined
}

/**
 * The entry of `actions` for a click, from the first of these versions of a message that has such an element. Throws when
 * no hand could do it: nothing like that is shown, several are, or the dialog that asks first was not answered.
 */
export function clicked(
  versions: readonly { readonly blocks: readonly JsonObject[] }[],
  aim: Aim,
): JsonObject {
  const called = aim.value === undefined ? aim.actionId : `${aim.actionId} and the value ${aim.value}`
  const found = versions.map(({ blocks }) => foundIn(blocks, aim)).find(elements => elements.length > 0) ?? []
  const [first] = found
  if (first === undefined)
    throw new Error(`The message has nothing with the action id ${called} to click on.`)
  if (found.length > 1)
    throw new Error(
      `The message has ${found.length} things with the action id ${called}: say which by value.`,
    )
  const { asks, action } = first
  if (asks !== undefined && !aim.confirms)
    throw new Error(`${called} asks first: ${JSON.stringify(asks)}. Say that the person confirms.`)
  if (asks === undefined && aim.confirms) throw new Error(`${called} asks nothing that could be confirmed.`)
  return action
}

type Found = { readonly action: JsonObject; readonly asks: unknown }

function foundIn(blocks: readonly JsonObject[], { actionId, value }: Aim): readonly Found[] {
  return blocks.flatMap(block => {
    const elements = isList(block['elements']) ? block['elements'] : [block['accessory']]
    return elements.flatMap(element => {
      if (!isObject(element) || element['action_id'] !== actionId) return []
      const action = actionOf(element, value)
      const ids = { action_id: actionId, block_id: block['block_id'] }
      return action === undefined ? [] : [{ action: { ...action, ...ids }, asks: element['confirm'] }]
    })
  })
}

function actionOf(element: JsonObject, value: string | undefined): JsonObject | undefined {
  const { type, text, style, options } = element
  if (isList(options)) {
    const chosen = options.find(option => isObject(option) && option['value'] === value)
    return chosen === undefined ? undefined : { type, selected_option: chosen }
  }
  if (value !== undefined && element['value'] !== value) return undefined
  const own = element['value']
  return {
    type,
    text,
    ...(own === undefined ? {} : { value: own }),
    ...(style === undefined ? {} : { style }),
  }
}

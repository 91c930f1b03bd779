import { isList, isObject, type JsonObject } from './json.ts'

/** The entry of `actions` for a click, or undefined when these blocks have no such element. */
export function findAction(
  blocks: readonly JsonObject[],
  actionId: string,
  value?: string,
): JsonObject | undefined {
  for (const block of blocks) {
    const elements = isList(block['elements']) ? block['elements'] : [block['accessory']]
    for (const element of elements) {
      if (!isObject(element) || element['action_id'] !== actionId) continue
      const action = actionOf(element, value)
      if (action !== undefined) return { ...action, action_id: actionId, block_id: block['block_id'] }
    }
  }
  return undefined
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

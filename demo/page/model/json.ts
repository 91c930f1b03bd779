export type Json = { readonly [key: string]: unknown }

export function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function listIn(value: Json, name: string): readonly Json[] {
  const found = value[name]
  return Array.isArray(found) ? found.filter(isJson) : []
}

export function textIn(value: Json, name: string): string {
  const found = value[name]
  return typeof found === 'string' ? found : ''
}

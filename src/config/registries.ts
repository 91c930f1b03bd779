import type { Registry } from '../order.ts'
import type { Problems } from './explain.ts'
import { isRegistry } from './grammar.ts'
import { registrySchema } from './schema.ts'
import type { Mapping } from './yaml.ts'

export function readRegistries(raw: Mapping, problems: Problems): readonly Registry[] {
  return Object.entries(raw).flatMap(([name, entry]) => {
    const path = ['registries', name]
    if (!isRegistry(name)) {
      problems.add(
        path,
        'is no registry: it must be what stands before the first slash of an image, such as registry.example.com:5000, or docker.io.',
      )
    }
    const parsed = registrySchema.safeParse(entry)
    if (parsed.success) return [{ name, ...parsed.data }]
    problems.addAll(parsed.error, inside => [...path, ...inside])
    return []
  })
}

import type { ContainerFacts } from './facts.ts'

/** What `{name}` stands for on one host. */
export interface Blanks {
  readonly revision: string
  readonly service: string
  readonly environment: string
  readonly host: string
  readonly address: string
  /** From 1. */
  readonly replica: number
  /** Ports that Docker published; undefined while no container exists. `later`: `{port:8000}` stays for the host to fill. */
  readonly ports: ContainerFacts['ports'] | 'later' | undefined
}

export type Filled =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'unpublished'; readonly port: number }

/** Fills `{revision}`, `{port:8000}`, … The configuration has refused unknown names; a port may still not be published. */
export function fill(template: string, blanks: Blanks): Filled {
  let unpublished: number | undefined
  const text = template.replaceAll(/\{([a-z]+)(?::([0-9]+))?\}/g, (whole, name: string, number?: string) => {
    switch (name) {
      case 'revision':
        return blanks.revision
      case 'service':
        return blanks.service
      case 'environment':
        return blanks.environment
      case 'host':
        return blanks.host
      case 'address':
        return blanks.address
      case 'replica':
        return String(blanks.replica)
      case 'port': {
        if (blanks.ports === 'later') return whole
        const port = Number(number)
        const published = blanks.ports === 'host-network' ? port : blanks.ports?.get(port)
        if (published === undefined) unpublished = port
        return String(published ?? port)
      }
      default:
        return whole
    }
  })
  return unpublished === undefined ? { kind: 'text', text } : { kind: 'unpublished', port: unpublished }
}

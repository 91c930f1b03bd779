declare const revisionBrand: unique symbol

/** A full commit id: 40 or 64 lower-case hex digits. Nothing shorter and no name ever reaches git on a host. */
export type Revision = string & { readonly [revisionBrand]: true }

export function revisionFrom(text: string): Revision | undefined {
  return isRevision(text) ? text : undefined
}

function isRevision(text: string): text is Revision {
  return /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(text)
}

/** What people read instead of a full revision. */
export function shortRevision(revision: string): string {
  return revision.slice(0, 7)
}

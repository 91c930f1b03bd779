import type { Revision } from './revision.ts'

/** Why a host did not do what was ordered: data for a sentence, never the sentence. */
export type Because =
  | { readonly kind: 'unreachable'; readonly address: string; readonly port: number; readonly detail: string }
  | { readonly kind: 'host-key-unknown'; readonly offered: string }
  | { readonly kind: 'host-key-changed'; readonly offered: string; readonly pinned: readonly string[] }
  | { readonly kind: 'key-rejected'; readonly user: string }
  | { readonly kind: 'no-session'; readonly detail: string }
  | { readonly kind: 'target-locked'; readonly holder: string }
  | { readonly kind: 'host-locked'; readonly holder: string }
  | { readonly kind: 'stale-fence'; readonly found: string }
  /** The host has seen an attempt that these records never gave: they are an older copy of those that did. */
  | { readonly kind: 'older-records'; readonly seen: number; readonly given: number }
  | { readonly kind: 'other-installation'; readonly found: string }
  | { readonly kind: 'exit'; readonly code: number; readonly output: string }
  | { readonly kind: 'signal'; readonly signal: string; readonly output: string }
  | {
      readonly kind: 'link-lost'
      readonly ended: UnheardEnd
    }
  /** The bot itself stood still for longer than the host's shell waits. */
  | { readonly kind: 'bot-paused'; readonly ended: UnheardEnd }
  /** The bot heard nothing for this long. */
  | { readonly kind: 'timed-out'; readonly afterMs: number }
  /** The host itself ended the command: its own limit was over. */
  | { readonly kind: 'time-over'; readonly output: string }
  | { readonly kind: 'no-marker' }
  | { readonly kind: 'tools-missing'; readonly tools: readonly string[] }
  | { readonly kind: 'path-taken'; readonly path: string }
  | { readonly kind: 'container-absent'; readonly container: string }
  | { readonly kind: 'container-restarting'; readonly container: string; readonly output: string }
  | { readonly kind: 'container-state'; readonly container: string; readonly state: string }
  | { readonly kind: 'port-unpublished'; readonly container: string; readonly port: number }
  | {
      readonly kind: 'not-served'
      readonly url: string
      readonly wanted: Revision
      /** The last answer, in words of the wire: `1a2b3c4…`, `HTTP 500`, `connection refused`. */
      readonly seen: string
      readonly afterMs: number
    }
  | { readonly kind: 'not-reloaded'; readonly afterMs: number }
  | { readonly kind: 'container-restarted'; readonly container: string }
  | { readonly kind: 'secret-missing'; readonly name: string }
  /** A new container was ordered for this revision, and the checkout that it would serve is at another. */
  | { readonly kind: 'other-revision'; readonly wanted: Revision; readonly found: Revision | undefined }
  /** No registry has the image, and it is on the first host only. */
  | { readonly kind: 'image-unpublished'; readonly image: string }
  | { readonly kind: 'wrong-image'; readonly wanted: string; readonly found: string | undefined }
  /** Its turn did not come again after it was taken up anew, and the attempt before may have changed it. */
  | { readonly kind: 'begun-before' }
  | { readonly kind: 'fault'; readonly detail: string }

/** How the running step ended on its host, asked over a new link. `still-running`: its lock is still held. */
export type UnheardEnd = { readonly code: number } | 'never' | 'still-running' | 'not-known'

import { oneLine } from './outside.ts'

/** What the asker reads while there is no answer yet. */
export function noticeText(notice: { readonly kind: 'surveying'; readonly host: string }): string {
  switch (notice.kind) {
    case 'surveying':
      return `${oneLine(notice.host, 60)} pulls the image, so that exactly that one can be ordered by its digest. This can take a while; what comes of it is told here.`
  }
}

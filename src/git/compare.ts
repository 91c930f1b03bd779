/** The web page that shows what lies between two commits, for repositories on GitHub and GitLab; others have none. */
export function compareUrl(repo: string, from: string, to: string): string | undefined {
  const place = placeOf(repo)
  if (place === undefined) return undefined
  const page = `https://${place.host}/${place.path}`
  if (isNamed(place.host, 'github')) return `${page}/compare/${from}...${to}`
  if (isNamed(place.host, 'gitlab')) return `${page}/-/compare/${from}...${to}`
  return undefined
}

function placeOf(repo: string): { readonly host: string; readonly path: string } | undefined {
  // An ssh port says nothing about the web page's port; an https port is the page's.
  const found =
    /^ssh:\/\/(?:[^@/]*@)?([^:/]+)(?::[0-9]+)?\/(.+)$/i.exec(repo) ??
    /^https:\/\/(?:[^@/]*@)?([^/]+)\/(.+)$/i.exec(repo) ??
    /^(?:[^@/:]+@)?([^@/:]+):([^:]+)$/.exec(repo)
  const host = found?.[1]?.toLowerCase()
  const path = found?.[2]?.replace(/^\/+|\/+$/g, '').replace(/\.git$/, '')
  if (host === undefined || path === undefined) return undefined
  return /^[a-z0-9.-]+(?::[0-9]+)?$/.test(host) && /^[A-Za-z0-9._-]+(?:\/[A-Za-z0-9._-]+)+$/.test(path)
    ? { host: host.replace(/^(?:ssh|altssh)\.(?=git(?:hub|lab)\.com$)/, ''), path }
    : undefined
}

/** `github.com`, and companies' own, which are `github.<company>` or `gitlab.<company>` by custom. */
function isNamed(host: string, product: 'github' | 'gitlab'): boolean {
  return host.startsWith(`${product}.`)
}

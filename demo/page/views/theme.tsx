import { useEffect, useState } from 'preact/hooks'

const KEY = 'theme'
const MACHINE = matchMedia('(prefers-color-scheme: dark)')

/** Dark or light as the machine is set, until somebody chooses. */
export function ThemeSwitch() {
  const [theme, setTheme] = useState(chosen)
  const [isMachineDark, setMachineDark] = useState(MACHINE.matches)
  const isDark = theme === undefined ? isMachineDark : theme === 'dark'
  useEffect(() => {
    const note = (): void => setMachineDark(MACHINE.matches)
    MACHINE.addEventListener('change', note)
    return () => MACHINE.removeEventListener('change', note)
  }, [])
  useEffect(() => {
    if (theme === undefined) return
    document.documentElement.dataset['theme'] = theme
    localStorage.setItem(KEY, theme)
  }, [theme])
  return (
    <button
      type="button"
      class="theme"
      role="switch"
      aria-checked={isDark}
      onClick={() => setTheme(isDark ? 'light' : 'dark')}
    >
      <span class="track" aria-hidden="true" />
      Dark
    </button>
  )
}

function chosen(): 'dark' | 'light' | undefined {
  const stored = localStorage.getItem(KEY)
  return stored === 'dark' || stored === 'light' ? stored : undefined
}

import { defineConfig } from 'vite'

/** `vite build demo/page`: one script, one style sheet, one font; nothing is loaded from elsewhere. */
export default defineConfig({
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: { outDir: '../../dist/demo/page', emptyOutDir: true, assetsInlineLimit: 0, modulePreload: false },
})

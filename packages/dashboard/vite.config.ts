import { defineConfig } from 'vite'

/**
 * Everything is a file of its own, named after its content, and addressed from where the page is: a proxy may put the
 * server anywhere, and its Content-Security-Policy takes nothing inline.
 */
export default defineConfig({
  root: import.meta.dirname,
  base: './',
  logLevel: 'warn',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    assetsDir: 'dashboard',
    assetsInlineLimit: 0,
    modulePreload: false,
    target: 'es2023',
  },
})

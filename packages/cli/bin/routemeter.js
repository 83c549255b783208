#!/usr/bin/env node
// Routemeter runs on Node 24.18 or newer. An older Node that finds itself here hands over to the one that came with the
// project's packages. Plain JavaScript of the oldest kind that Node still loads as a module.
const [major, minor] = process.versions.node.split('.').map(Number)

if (major > 24 || (major === 24 && minor >= 18)) {
  await import('../src/main.ts')
} else {
  const { findNode, launch } = await import('./launch.js')
  const node = findNode()
  if (node === undefined) {
    console.error(
      `error: Routemeter needs Node 24.18 or newer and this is ${process.versions.node}: install it from https://nodejs.org`,
    )
    process.exitCode = 1
  } else {
    launch(node, new URL('./launched.js', import.meta.url), process.argv.slice(2))
  }
}

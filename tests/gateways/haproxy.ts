import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { exampleWith, type RunningProgram, startProgram } from './gateway-process.ts'
import { byBasicUser, byHeader, type Telling } from './ledger.ts'

/** HAProxy reads the claim itself, and not knowing the answer yet. */
export const haproxyTelling: Telling = { client: (call) => byHeader(call) || call.caller.claim, user: byBasicUser }

/** HAProxy as examples/gateways has it. */
export function startHaproxy(
  folder: string,
  ports: { readonly gateway: number; readonly api: number; readonly syslog: number },
): Promise<RunningProgram> {
  const example = exampleWith('haproxy.cfg', {
    'bind :8080': `bind 127.0.0.1:${ports.gateway}`,
    '127.0.0.1:3000': `127.0.0.1:${ports.api}`,
    '127.0.0.1:514': `127.0.0.1:${ports.syslog}`,
  })
  writeFileSync(join(folder, 'haproxy.cfg'), example)
  const args = ['-W', '-f', 'haproxy.cfg']
  return startProgram({ program: 'haproxy', args, folder, port: ports.gateway })
}

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type RunningProgram, startProgram } from './gateway-process.ts'

/** What a configuration has in the place of a source on UDP: a TCP port tells as well that it listens. */
export function listeningOn(port: number): string {
  const address = `ip("127.0.0.1") port(${port})`
  return `network(transport("udp") ${address}); network(transport("tcp") ${address});`
}

/** syslog-ng with its files in the folder; it takes what is sent to it from now on. */
export function startSyslogNg(folder: string, config: string, port: number): Promise<RunningProgram> {
  const at = (name: string) => join(folder, `syslog-ng.${name}`)
  writeFileSync(at('conf'), config)
  const files = ['-f', at('conf'), '-p', at('pid'), '-c', at('ctl'), '-R', at('persist')]
  return startProgram({ program: 'syslog-ng', args: ['-F', '--no-caps', ...files], folder, port })
}

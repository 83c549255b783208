import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { exampleWith, isRoot, type RunningProgram, startProgram } from './gateway-process.ts'

/** What Debian's nginx.conf puts around conf.d/, without its system folders. */
const around = (folder: string) => `
${isRoot ? 'user root;' : ''}
daemon off;
worker_processes 2;
pid ${folder}/nginx.pid;
error_log ${folder}/error.log;
events {}
http {
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  include ${folder}/conf.d/*.conf;
}
`

/** nginx as examples/gateways has it. @param changes more that is different here, as `exampleWith` takes it. */
export function startNginx(
  folder: string,
  ports: { readonly gateway: number; readonly api: number },
  changes: Readonly<Record<string, string>> = {},
): Promise<RunningProgram> {
  const example = exampleWith('nginx.conf', {
    ...changes,
    '/var/log/nginx': folder,
    'listen 8080': `listen 127.0.0.1:${ports.gateway}`,
    '127.0.0.1:3000': `127.0.0.1:${ports.api}`,
  })
  mkdirSync(join(folder, 'conf.d'))
  writeFileSync(join(folder, 'conf.d/routemeter.conf'), example)
  writeFileSync(join(folder, 'nginx.conf'), around(folder))
  return startProgram({
    program: 'nginx',
    args: ['-p', folder, '-c', 'nginx.conf', '-e', 'error.log'],
    folder,
    port: ports.gateway,
  })
}

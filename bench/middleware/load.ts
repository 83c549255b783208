import { connect, type Socket } from 'node:net'

// `node load.ts PORT SECONDS CONNECTIONS`: calls the service over kept connections, one request at a time on each; how
// many were answered goes to standard output. It does nothing that costs, to leave the processor to the service.
const [, , port, seconds, connections] = process.argv
const until = performance.now() + Number(seconds) * 1000
const CLIENTS = 24
let sent = 0
let answered = 0

function request(): string {
  sent++
  const path = `/orgs/org-${sent % 97}/users/${sent % 5003}`
  return `GET ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\nx-client-id: client-${sent % CLIENTS}\r\n\r\n`
}

function callOn(socket: Socket): void {
  socket.setNoDelay(true)
  socket.setEncoding('latin1')
  socket.on('data', (text: string) => {
    // An answer is one small write of the service.
    if (!text.startsWith('HTTP/1.1 200')) throw new Error(`an unexpected answer: ${text.slice(0, 200)}`)
    answered++
    if (performance.now() < until) socket.write(request())
    else socket.end()
  })
  socket.write(request())
}

for (let index = 0; index < Number(connections); index++) {
  const socket = connect(Number(port), '127.0.0.1', () => callOn(socket))
}
process.on('beforeExit', () => console.log(answered))

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { routemeter } from '../../packages/middleware/src/node.ts'

// A service of a process of its own, to be killed: `node metered-service.ts [SPOOL]`, its port on standard output.
const [, , directory] = process.argv
const meter = routemeter({
  batchMs: 20,
  batchEvents: 50,
  sendOnSignals: ['SIGTERM'],
  onError: () => {},
  clientId: (request) => String(request.headers['x-client-id'] ?? ''),
  ...(directory === undefined ? {} : { spool: { directory } }),
})
const server = createServer(meter.wrap((_request, response) => response.end('done')))
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port))

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

// Takes what the middlewares send and says that all of it was counted: what Routemeter does with it is not a service's cost.
const server = createServer((request, response) => {
  let lines = 0
  request.on('data', (chunk: Buffer) => {
    for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) lines++
  })
  request.on('end', () => {
    response.setHeader('content-type', 'application/json')
    response.end(`{"accepted":${lines},"duplicates":0,"rejected":0,"errors":[]}`)
  })
})
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port))

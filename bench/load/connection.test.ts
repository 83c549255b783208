import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { expect, onTestFinished, test } from 'vitest'
import { Connection } from './connection.ts'

async function connectTo(answer: RequestListener): Promise<Connection> {
  const server = createServer(answer).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  const connection = await Connection.open({ url: `http://127.0.0.1:${port}/events?a=b`, headers: { 'x-test': 'yes' } })
  onTestFinished(() => {
    connection.close()
    server.closeAllConnections()
    server.close()
  })
  return connection
}

test('a body arrives whole with its headers, and the next goes over the same connection', async () => {
  const connection = await connectTo(async (request, response) => {
    let bytes = 0
    for await (const chunk of request) bytes += chunk.length
    response.end(JSON.stringify({ url: request.url, header: request.headers['x-test'], bytes }))
  })
  for (const bytes of [3_000_000, 5]) {
    const { status, body } = await connection.post(Buffer.alloc(bytes, 'x'))
    expect(status).toBe(200)
    expect(JSON.parse(body)).toEqual({ url: '/events?a=b', header: 'yes', bytes })
  }
})

test('an answer in chunks, and one without a body, is waited for to its end', async () => {
  const connection = await connectTo((request, response) => {
    request.resume()
    request.on('end', () => {
      response.statusCode = 202
      response.write('one ')
      setImmediate(() => response.end('two'))
    })
  })
  const { status, body } = await connection.post(Buffer.from('x'))
  expect(status).toBe(202)
  expect(body).toContain('one ')
  expect(body).toContain('two')

  const silent = await connectTo((request, response) => {
    request.resume()
    request.on('end', () => response.writeHead(204).end())
  })
  expect(await silent.post(Buffer.from('x'))).toEqual({ status: 204, body: '' })
})

test('a server that goes away in the middle is an error, not an answer', async () => {
  const connection = await connectTo((request) => request.socket.destroy())
  await expect(connection.post(Buffer.from('x'))).rejects.toThrow()
})

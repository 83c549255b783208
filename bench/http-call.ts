import { type Agent, request } from 'node:http'
import { text } from 'node:stream/consumers'

/** Calls an operation of the API over a kept connection. @returns the answer's text, whatever its status. */
export async function call(agent: Agent, method: string, url: string, token: string, body = ''): Promise<string> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const sent = request(url, { agent, method, headers })
  const answered = new Promise<string>((resolve, reject) => {
    sent.on('error', reject)
    sent.on('response', (answer) => text(answer).then(resolve, reject))
  })
  sent.end(body)
  return answered
}

export interface ServerSentEvent {
  /** "" before the first that came. */
  readonly id: string
  readonly event: string
  /** Undefined where only the stream's place is told. */
  readonly data: string | undefined
}

/** Events of a stream (HTML, "server-sent events"); comments are left out, an id stays until the next one. */
export async function* serverSentEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<ServerSentEvent> {
  const reader = body.getReader()
  const decoder = new TextDecoder()
  let [id, text] = ['', '']
  try {
    for (;;) {
      const { value, done } = await reader.read()
      if (done) return
      const parts = (text + decoder.decode(value, { stream: true })).split(/\r?\n\r?\n/)
      text = parts.pop() ?? ''
      for (const part of parts) {
        const fields = new Map(part.split(/\r?\n/).map(fieldOf))
        const place = fields.get('id')
        id = place ?? id
        const data = fields.get('data')
        if (data !== undefined || place !== undefined) yield { id, event: fields.get('event') ?? 'message', data }
      }
    }
  } finally {
    await reader.cancel().catch(() => {})
  }
}

function fieldOf(line: string): [name: string, value: string] {
  const colon = line.indexOf(':')
  if (colon < 0) return [line, '']
  return [line.slice(0, colon), line.slice(colon + 1).replace(/^ /, '')]
}

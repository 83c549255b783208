/** What a log tells of the first line of a request. */
export interface RequestLine {
  readonly method: string | undefined
  readonly path: string | undefined
}

const NOTHING: RequestLine = { method: undefined, path: undefined }

/**
 * Takes a request line apart: `GET /a HTTP/1.1`, without the version (HTTP/0.9) and with spaces in the path where a
 * server let them pass. `-` and nothing are no request.
 */
export function requestLine(line: string): RequestLine {
  if (line === '' || line === '-') return NOTHING
  const space = line.indexOf(' ')
  if (space < 0) return { method: line, path: undefined }
  const version = line.lastIndexOf(' HTTP/')
  const path = version > space ? line.slice(space + 1, version) : version === space ? '' : line.slice(space + 1)
  return { method: told(line.slice(0, space)), path: told(path) }
}

function told(text: string): string | undefined {
  return text === '' || text === '-' ? undefined : text
}

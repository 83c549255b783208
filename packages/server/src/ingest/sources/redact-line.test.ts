import { expect, test } from 'vitest'
import { redactLine } from './redact-line.ts'

const SECRET = 'hunter2'
const JWT = `eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ${SECRET}.${SECRET}`

test.each([
  [
    'a query',
    `10.0.0.1 - - [x] "GET /a?key=${SECRET} HTTP/1.1" 200`,
    '10.0.0.1 - - [x] "GET /a?[redacted] HTTP/1.1" 200',
  ],
  ['a query cut off', `"GET /a?key=${SECRET}`, '"GET /a?[redacted]'],
  ['a query in JSON', `{"request":"GET \\/a?k=${SECRET} HTTP\\/1.1"}`, '{"request":"GET \\/a?[redacted] HTTP\\/1.1"}'],
  ['a query of its own', `{"querystring":{"k":"${SECRET}"},"a":1}`, '{"querystring":"[redacted]","a":1}'],
  ['arguments', `{"args":"k=${SECRET}","a":1}`, '{"args":"[redacted]","a":1}'],
  ['Authorization', `{"authorization":"Bearer ${SECRET}"}`, '{"authorization":"[redacted]"}'],
  ['Authorization in a list', `{"Authorization":["Basic ${SECRET}"],"a":1}`, '{"Authorization":"[redacted]","a":1}'],
  ['a cut Authorization', `{"http_authorization":"Bearer ${SECRET}`, '{"http_authorization":"[redacted]"'],
  ['a cookie', `{"request_Cookie":"session=\\"${SECRET}\\"","a":1}`, '{"request_Cookie":"[redacted]","a":1}'],
  ['headers as text', `Authorization: Token ${SECRET}`, 'Authorization: [redacted]'],
  ['a credential in braces', `{Basic ${SECRET}|x} "GET`, '{Basic [redacted]|x} "GET'],
  ['a token anywhere', `"${JWT}" 200`, '"[redacted]" 200'],
  ['a user in a URL', `"GET http://me:${SECRET}@host/a HTTP/1.1"`, '"GET http://[redacted]@host/a HTTP/1.1"'],
  ['a whole request', `{"raw_request":"${SECRET}","a":1}`, '{"raw_request":"[redacted]","a":1}'],
])('%s is not kept', (_, line, redacted) => {
  expect(redactLine(line)).toBe(redacted)
  expect(redactLine(line)).not.toContain(SECRET)
})

test('the rest of a line stays as it is, and a long one is quickly looked through', () => {
  const line =
    '10.0.3.17 - client-42 [01/Oct/2026:00:00:02 +0000] "GET /api/v2/users/4711 HTTP/1.1" 200 1534 "-" "curl/8.0"'
  expect(redactLine(line)).toBe(line)
  for (const piece of ['"cookie":', '"', '\\', 'token', '://a', '?', '{"args":{']) {
    expect(redactLine(piece.repeat(20_000))).toEqual(expect.any(String))
  }
})

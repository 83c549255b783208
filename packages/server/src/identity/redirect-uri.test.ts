import { expect, test } from 'vitest'
import { checkRedirectUris } from './redirect-uri.ts'

test.each([
  'https://app.example.com/callback?a=b',
  'http://127.0.0.1:8080/',
  'com.example.app:/callback',
  'myapp://callback',
])('%s can be where people are sent back to', (uri) => {
  expect(() => checkRedirectUris([uri])).not.toThrow()
})

test.each([
  '/callback',
  'app.example.com',
  'https://app.example.com/#x',
  'https://app.example.com/#',
  'https://app.example.com/ x',
  'https://app.example.com/\nx',
  'https://app.example.com\\@evil.example',
  'javascript:alert(1)',
  'JavaScript://app.example.com/%0aalert(1)',
  'data:text/html,x',
  'file:///etc/passwd',
  'https://',
])('%j cannot, and the refusal says which and what is allowed', (uri) => {
  expect(() => checkRedirectUris(['https://app.example.com/', uri])).toThrow(
    expect.objectContaining({
      code: 'invalid.value',
      message: `Value [${uri}] is not valid for [registeredRedirectUri[1]]. Allowable values are: absolute addresses without a fragment, such as https://app.example.com/callback`,
    }),
  )
})

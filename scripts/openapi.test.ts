import { readFileSync } from 'node:fs'
import { Validator } from '@seriousme/openapi-schema-validator'
import { expect, test } from 'vitest'
import { OPENAPI_FILE, openApiText } from './openapi.ts'

test('docs/openapi.json is what the server makes; `npm run openapi` writes it anew', async () => {
  const kept = readFileSync(OPENAPI_FILE, 'utf8')
  expect(kept === (await openApiText()), 'docs/openapi.json is not up to date: npm run openapi').toBe(true)
})

test('it is valid OpenAPI 3.1, and a wrong one would be seen', async () => {
  const validator = new Validator()
  const document = JSON.parse(readFileSync(OPENAPI_FILE, 'utf8'))
  expect(await validator.validate(document)).toEqual({ valid: true })
  expect(validator.version).toBe('3.1')
  const [path = ''] = Object.keys(document.paths)
  const wrong = { ...document, paths: { ...document.paths, [path]: { get: { responses: { 200: {} } } } } }
  expect(await validator.validate(wrong)).toMatchObject({ valid: false })
})

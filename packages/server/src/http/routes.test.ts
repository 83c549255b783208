import { readdirSync, readFileSync } from 'node:fs'
import Fastify from 'fastify'
import { Type } from 'typebox'
import { expect, test } from 'vitest'
import { checkDeclared } from './routes.ts'

const schema = { response: { 200: Type.String() } }
const access = { anyPermission: [] }

async function declared(route: object): Promise<void> {
  const app = Fastify()
  const check = checkDeclared(app)
  await app.register(async (scope) => {
    scope.get('/some/:id', route, () => 'x')
  })
  check()
}

test('an operation that says who may use it and what it takes is added', async () => {
  await expect(declared({ schema, config: { access } })).resolves.toBeUndefined()
})

test.each([
  ['who may use it', { schema }],
  ['who may use it in a config with something else', { schema, config: { url: 'x' } }],
  ['what it takes', { config: { access } }],
])('an operation that does not say %s stops the start and is named', async (_, route) => {
  await expect(declared(route)).rejects.toThrow('GET /some/:id')
})

test('every operation that has a file is listed', () => {
  const isOperation = (name: string) => /(?:^|\/)(?:get|head|post|put|patch|delete)-[\w-]+\.ts$/.test(name)
  const files = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' }).filter(isOperation)
  const listed = readFileSync(new URL('./routes.ts', import.meta.url), 'utf8')
  expect(files.length).toBeGreaterThan(20)
  expect(files.filter((file) => !listed.includes(`'./${file}'`))).toEqual([])
})

import type { UsageTable, UsageTableMeta, UsageTableQuery, UsageTableRow } from '@routemeter/client'
import { expectTypeOf, test } from 'vitest'
import type { UsageQueryAnswer, UsageQueryBody } from '../packages/server/src/http/v1/schemas/usage-query.ts'

// Fails at type check (`npm run check`), not at run time: the client is written by hand and must not drift from the
// schemas that the server validates and answers with.

/** One object type out of several, without what only says that nobody may write. */
type Plain<Value> = Value extends readonly (infer Item)[]
  ? Plain<Item>[]
  : Value extends object
    ? { -readonly [Name in keyof Value]: Plain<Value[Name]> }
    : Value

test('the client asks exactly what the server takes', () => {
  expectTypeOf<Plain<UsageTableQuery>>().toEqualTypeOf<Plain<UsageQueryBody>>()
})

test('the client reads exactly what the server answers', () => {
  expectTypeOf<Plain<UsageTableRow>>().toEqualTypeOf<Plain<UsageQueryAnswer['rows'][number]>>()
  expectTypeOf<Plain<UsageTableMeta>>().toEqualTypeOf<Plain<UsageQueryAnswer['meta']>>()
  expectTypeOf<keyof UsageTable>().toEqualTypeOf<keyof UsageQueryAnswer>()
})

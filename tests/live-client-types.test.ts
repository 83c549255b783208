import { expectTypeOf, test } from 'vitest'
import type * as client from '../packages/client/src/index.ts'
import type { Dimension } from '../packages/server/src/domain/catalogue.ts'
import type * as domain from '../packages/server/src/domain/rate-limit.ts'
import type { RateLimitStatusAnswer } from '../packages/server/src/http/v1/get-rate-limit-status.ts'
import type { WatchedLimitsAnswer } from '../packages/server/src/http/v1/schemas/watched-limit.ts'
import type { LiveRow } from '../packages/server/src/query/live/live-query.ts'
import type { ResetReason } from '../packages/server/src/query/live/live-reader.ts'

// Fails at type check, not at run time: the client is written by hand and must not drift.
test('the client’s words of live usage and rate limits are the server’s', () => {
  expectTypeOf<client.UsageDimension>().toEqualTypeOf<Dimension>()
  expectTypeOf<client.LiveUsageRow>().toExtend<LiveRow>()
  expectTypeOf<LiveRow>().toExtend<client.LiveUsageRow>()
  expectTypeOf<Extract<client.LiveUsageEvent, { event: 'reset' }>['reason']>().toEqualTypeOf<ResetReason>()
  expectTypeOf<client.WatchedLimit>().toEqualTypeOf<domain.WatchedLimit>()
  expectTypeOf<WatchedLimitsAnswer>().toExtend<client.WatchedLimits>()
  expectTypeOf<keyof client.WatchedLimits>().toEqualTypeOf<keyof WatchedLimitsAnswer>()
  expectTypeOf<RateLimitStatusAnswer>().toExtend<client.RateLimitStatus>()
  expectTypeOf<keyof client.LimitedEntity>().toEqualTypeOf<
    keyof RateLimitStatusAnswer['limits'][number]['entities'][number]
  >()
})

import { expect, test } from 'vitest'
import { createMetrics } from './metrics.ts'

const create = () => createMetrics({ version: '1.2.3', ofProcess: false })

test('events are counted by what became of them, bodies by whether anything of them counted', async () => {
  const metrics = create()
  metrics.recordBody({ accepted: 10, duplicates: 2, rejected: 1 })
  metrics.recordBody({ accepted: 5, duplicates: 0, rejected: 0 })
  metrics.recordRefusedBody()
  const text = await metrics.render()
  expect(text).toContain('routemeter_events_total{outcome="accepted"} 15\n')
  expect(text).toContain('routemeter_events_total{outcome="duplicate"} 2\n')
  expect(text).toContain('routemeter_events_total{outcome="rejected"} 1\n')
  expect(text).toContain('routemeter_event_bodies_total{outcome="counted"} 2\n')
  expect(text).toContain('routemeter_event_bodies_total{outcome="refused"} 1\n')
})

test('times are in seconds', async () => {
  const metrics = create()
  metrics.recordCommit(20, true)
  metrics.recordCommit(2000, false)
  metrics.recordQuery(300, true)
  metrics.recordRequest({ method: 'GET', route: '/v1/x/:id', status: 204, milliseconds: 7 })
  const text = await metrics.render()
  expect(text).toContain('routemeter_commit_seconds_sum{outcome="succeeded"} 0.02\n')
  expect(text).toContain('routemeter_commit_seconds_bucket{le="0.01",outcome="succeeded"} 0\n')
  expect(text).toContain('routemeter_commit_seconds_bucket{le="0.025",outcome="succeeded"} 1\n')
  expect(text).toContain('routemeter_commit_seconds_sum{outcome="failed"} 2\n')
  expect(text).toContain('routemeter_query_seconds_sum{outcome="succeeded"} 0.3\n')
  expect(text).toContain('routemeter_http_request_seconds_sum{route="/v1/x/:id"} 0.007\n')
  expect(text).toContain('routemeter_http_requests_total{method="GET",route="/v1/x/:id",status="2xx"} 1\n')
})

test('executions are counted by the state they reached', async () => {
  const metrics = create()
  metrics.recordExecution('failed')
  const text = await metrics.render()
  expect(text).toContain('routemeter_executions_total{state="failed"} 1\n')
  expect(text).toContain('routemeter_executions_total{state="complete"} 0\n')
})

test('two of them in one process do not share their numbers', async () => {
  const [one, other] = [create(), create()]
  one.recordRefusedBody()
  expect(await other.render()).toContain('routemeter_event_bodies_total{outcome="refused"} 0\n')
  expect(await other.render()).toContain('routemeter_build_info{version="1.2.3"} 1\n')
})

test('what comes is Prometheus’ text format, the process’s own numbers included', async () => {
  const metrics = createMetrics({ version: '1' })
  expect(metrics.contentType).toBe('text/plain; version=0.0.4; charset=utf-8')
  expect(await metrics.render()).toContain('# TYPE process_resident_memory_bytes gauge')
})

import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

export interface MetricsOptions {
  readonly version: string
  /** Also the process's own: memory, CPU, event loop, garbage collection. On by default. */
  readonly ofProcess?: boolean
}

/** One answered HTTP request. */
export interface AnsweredRequest {
  readonly method: string
  /** The operation's template, never the path that came. */
  readonly route: string
  readonly status: number
  readonly milliseconds: number
}

/** What became of one body of events: an ingest receipt is one. */
export interface BodyOutcome {
  readonly accepted: number
  readonly duplicates: number
  readonly rejected: number
}

/**
 * The server's vital signs. Whoever does the work is handed one of the `record` functions; nothing outside telemetry/
 * knows Prometheus. No label carries a tenant's name (decisions.md 20).
 */
export interface Metrics {
  /** Counts a body of events by what became of each event. */
  recordBody(outcome: BodyOutcome): void
  /** Counts a body of which nothing was counted: unreadable, too much, too busy. */
  recordRefusedBody(): void
  /** A commit of the store: how long it took, in milliseconds, and whether it succeeded. */
  recordCommit(milliseconds: number, succeeded: boolean): void
  /** A usage query that the store answered or failed to, in milliseconds. */
  recordQuery(milliseconds: number, succeeded: boolean): void
  /** An execution that reached this state. */
  recordExecution(state: ExecutionState): void
  recordRequest(request: AnsweredRequest): void
  /** Everything in Prometheus' text format, and what its Content-Type is. */
  render(): Promise<string>
  readonly contentType: string
}

type ExecutionState = 'queued' | 'running' | 'complete' | 'failed' | 'cancelled'

/** Seconds: from a commit's half a millisecond to a query that somebody will complain about. */
const BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

export function createMetrics(options: MetricsOptions): Metrics {
  const registry = new Registry()
  if (options.ofProcess !== false) collectDefaultMetrics({ register: registry })
  new Gauge({
    name: 'routemeter_build_info',
    help: 'Always 1; its label is the version that runs.',
    labelNames: ['version'],
    registers: [registry],
  }).set({ version: options.version }, 1)
  return {
    ...ingestMetrics(registry),
    ...queryMetrics(registry),
    ...requestMetrics(registry),
    render: () => registry.metrics(),
    contentType: registry.contentType,
  }
}

function ingestMetrics(registry: Registry) {
  const events = counter(
    registry,
    'routemeter_events_total',
    'Usage events received, by what became of them.',
    'outcome',
  )
  const bodies = counter(
    registry,
    'routemeter_event_bodies_total',
    'Bodies of usage events, by what became of them.',
    'outcome',
  )
  const commits = seconds(registry, 'routemeter_commit_seconds', 'How long the store took to commit counts.', 'outcome')
  for (const outcome of ['accepted', 'duplicate', 'rejected']) events.inc({ outcome }, 0)
  for (const outcome of ['counted', 'refused']) bodies.inc({ outcome }, 0)
  return {
    recordBody(outcome: BodyOutcome) {
      bodies.inc({ outcome: 'counted' })
      events.inc({ outcome: 'accepted' }, outcome.accepted)
      events.inc({ outcome: 'duplicate' }, outcome.duplicates)
      events.inc({ outcome: 'rejected' }, outcome.rejected)
    },
    recordRefusedBody: () => bodies.inc({ outcome: 'refused' }),
    recordCommit: (milliseconds: number, succeeded: boolean) =>
      commits.observe({ outcome: outcomeOf(succeeded) }, milliseconds / 1000),
  }
}

function queryMetrics(registry: Registry) {
  const queries = seconds(
    registry,
    'routemeter_query_seconds',
    'How long the store took to answer usage queries.',
    'outcome',
  )
  const executions = counter(registry, 'routemeter_executions_total', 'Executions that reached a state.', 'state')
  for (const state of ['queued', 'running', 'complete', 'failed', 'cancelled']) executions.inc({ state }, 0)
  return {
    recordQuery: (milliseconds: number, succeeded: boolean) =>
      queries.observe({ outcome: outcomeOf(succeeded) }, milliseconds / 1000),
    recordExecution: (state: ExecutionState) => executions.inc({ state }),
  }
}

function requestMetrics(registry: Registry) {
  const requests = new Counter({
    name: 'routemeter_http_requests_total',
    help: 'Answered HTTP requests.',
    labelNames: ['method', 'route', 'status'],
    registers: [registry],
  })
  const durations = seconds(
    registry,
    'routemeter_http_request_seconds',
    'How long HTTP requests took to answer.',
    'route',
  )
  return {
    recordRequest({ method, route, status, milliseconds }: AnsweredRequest) {
      requests.inc({ method, route, status: `${Math.floor(status / 100)}xx` })
      durations.observe({ route }, milliseconds / 1000)
    },
  }
}

function counter(registry: Registry, name: string, help: string, label: string): Counter {
  return new Counter({ name, help, labelNames: [label], registers: [registry] })
}

function seconds(registry: Registry, name: string, help: string, label: string): Histogram {
  return new Histogram({ name, help, labelNames: [label], buckets: BUCKETS, registers: [registry] })
}

function outcomeOf(succeeded: boolean): string {
  return succeeded ? 'succeeded' : 'failed'
}

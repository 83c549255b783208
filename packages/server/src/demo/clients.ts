/** The demo organization's callers: who they are, when they work, what they call, and what goes wrong. */
export interface DemoClient {
  readonly id: string
  readonly name: string
  readonly platform: string
  /** Calls a minute at the top of its rhythm. */
  readonly callsPerMinute: number
  /** office: weekdays, with a dip at noon; evening: people at home; steady: machines. */
  readonly rhythm: 'office' | 'evening' | 'steady'
  readonly users: number
  readonly routes: readonly [DemoRoute, ...DemoRoute[]]
  readonly medianMs: number
  /** Share of calls that the API itself fails with a 5xx, and that are the client's own 4xx. */
  readonly serverErrors: number
  readonly clientErrors: number
}

export interface DemoRoute {
  readonly method: string
  readonly template: string
}

const get = (template: string): DemoRoute => ({ method: 'GET', template })
const post = (template: string): DemoRoute => ({ method: 'POST', template })

/** Calls a minute that the platform allows a client; the export below does not keep to it. */
export const DEMO_CALLS_ALLOWED_PER_MINUTE = 300

const AGENT_DESKTOP: DemoClient = {
  id: '5b0c9c1e-52d5-4c39-8f5f-6b7c0a1d2e01',
  name: 'Agent Desktop',
  platform: 'Web',
  callsPerMinute: 14,
  rhythm: 'office',
  users: 140,
  routes: [
    get('api/v2/users/{userId}/presences/{sourceId}'),
    get('api/v2/users/me'),
    get('api/v2/conversations/{conversationId}'),
    post('api/v2/analytics/conversations/details/query'),
    get('api/v2/routing/queues/{queueId}'),
    { method: 'PATCH', template: 'api/v2/users/{userId}/presences/{sourceId}' },
  ],
  medianMs: 45,
  serverErrors: 0.001,
  clientErrors: 0.01,
}

const WALLBOARD: DemoClient = {
  id: '5b0c9c1e-52d5-4c39-8f5f-6b7c0a1d2e02',
  name: 'Wallboard',
  platform: 'Web',
  callsPerMinute: 1,
  rhythm: 'steady',
  users: 3,
  routes: [post('api/v2/analytics/queues/observations/query'), get('api/v2/routing/queues')],
  medianMs: 120,
  serverErrors: 0.002,
  clientErrors: 0,
}

const MOBILE_APP: DemoClient = {
  id: '5b0c9c1e-52d5-4c39-8f5f-6b7c0a1d2e03',
  name: 'Mobile App',
  platform: 'iOS',
  callsPerMinute: 4,
  rhythm: 'evening',
  users: 400,
  routes: [
    get('api/v2/users/me'),
    post('api/v2/conversations/chats'),
    post('api/v2/conversations/chats/{conversationId}/messages'),
    get('api/v2/notifications/channels'),
  ],
  medianMs: 80,
  serverErrors: 0.003,
  clientErrors: 0.03,
}

const CRM_SYNC: DemoClient = {
  id: '5b0c9c1e-52d5-4c39-8f5f-6b7c0a1d2e04',
  name: 'CRM Sync',
  platform: 'Integration',
  callsPerMinute: 1.5,
  rhythm: 'steady',
  users: 1,
  routes: [
    get('api/v2/externalcontacts/contacts/{contactId}'),
    { method: 'PUT', template: 'api/v2/externalcontacts/contacts/{contactId}' },
    get('api/v2/users'),
  ],
  medianMs: 60,
  serverErrors: 0.002,
  clientErrors: 0.005,
}

const LEGACY_IMPORTER: DemoClient = {
  id: '5b0c9c1e-52d5-4c39-8f5f-6b7c0a1d2e05',
  name: 'Legacy Importer',
  platform: 'Integration',
  callsPerMinute: 1.5,
  rhythm: 'office',
  users: 1,
  routes: [post('api/v2/users'), get('api/v2/users/{userId}'), get('api/v2/stations/{stationId}')],
  medianMs: 300,
  serverErrors: 0.06,
  clientErrors: 0.25,
}

/** Keeps to the limit until a release goes wrong: from then on it asks again and again, and is refused with 429. */
const WAREHOUSE_EXPORT: DemoClient = {
  id: '5b0c9c1e-52d5-4c39-8f5f-6b7c0a1d2e06',
  name: 'Warehouse Export',
  platform: 'Integration',
  callsPerMinute: 0.5,
  rhythm: 'steady',
  users: 1,
  routes: [
    get('api/v2/conversations/{conversationId}'),
    get('api/v2/conversations/{conversationId}/recordings'),
    post('api/v2/analytics/conversations/details/query'),
  ],
  medianMs: 150,
  serverErrors: 0.001,
  clientErrors: 0,
}

export const BURSTING_CLIENT = WAREHOUSE_EXPORT

export const DEMO_CLIENTS: readonly DemoClient[] = [
  AGENT_DESKTOP,
  WALLBOARD,
  MOBILE_APP,
  CRM_SYNC,
  LEGACY_IMPORTER,
  WAREHOUSE_EXPORT,
]

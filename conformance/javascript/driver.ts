import { text } from 'node:stream/consumers'
import { setTimeout as pause } from 'node:timers/promises'
import platformClient from 'purecloud-platform-client-v2'

// Takes its steps with the platform's JavaScript client: see conformance/README.md.

interface Step {
  readonly name: string
  readonly operation: string
  readonly clientId: string
  readonly id?: string
  readonly body: never
  readonly update: never
  readonly days?: string
  readonly pageSize?: number
  readonly token?: string
}

interface Submitted {
  readonly executionId?: string
  readonly id?: string
}

interface Page {
  readonly queryStatus?: string
  readonly results?: readonly unknown[]
  readonly entities?: readonly unknown[]
  readonly cursors?: { readonly after?: string }
  readonly nextUri?: string
}

interface Journey {
  submit(step: Step): Promise<Submitted>
  read(step: Step, id: string, page: { pageSize?: number; after?: string }): Promise<Page>
}

const client = platformClient.ApiClient.instance
const usage = new platformClient.UsageApi()
const oauth = new platformClient.OAuthApi()

const JOURNEYS: Readonly<Record<string, Journey>> = {
  organizationQuery: {
    submit: (step) => usage.postUsageQuery(step.body),
    read: (_, id) => usage.getUsageQueryExecutionIdResults(id),
  },
  clientQuery: {
    submit: (step) => usage.postOauthClientUsageQuery(step.clientId, step.body),
    read: (step, id) => usage.getOauthClientUsageQueryResult(id, step.clientId),
  },
  clientSummary: {
    submit: (step) =>
      usage.getOauthClientUsageSummary(step.clientId, step.days === undefined ? {} : { days: step.days }),
    read: (step, id) => usage.getOauthClientUsageQueryResult(id, step.clientId),
  },
  simpleSearch: {
    submit: (step) => usage.postUsageSimplesearch(step.body),
    read: (_, id, page) => usage.getUsageSimplesearchExecutionIdResults(id, page),
  },
  organizationJob: {
    submit: (step) => usage.postUsageAggregatesQueryJobs(step.body),
    read: (_, id, page) => usage.getUsageAggregatesQueryJob(id, page),
  },
  clientJob: {
    submit: (step) => usage.postUsageClientClientIdAggregatesQueryJobs(step.clientId, step.body),
    read: (step, id, page) => usage.getUsageClientClientIdAggregatesQueryJob(step.clientId, id, page),
  },
}

const NEIGHBOURS: Readonly<Record<string, (step: Step) => Promise<unknown>>> = {
  tokensMe: () => new platformClient.TokensApi().getTokensMe(),
  organizationsMe: () => new platformClient.OrganizationApi().getOrganizationsMe(),
  usersMe: () => new platformClient.UsersApi().getUsersMe(),
  clientLifeCycle,
}

async function taken(step: Step): Promise<object> {
  const neighbour = NEIGHBOURS[step.operation]
  if (neighbour !== undefined) return { answer: await neighbour(step) }
  const journey = JOURNEYS[step.operation]
  if (journey === undefined) throw new Error(`no such operation: ${step.operation}`)
  const submitted = step.id === undefined ? await journey.submit(step) : { id: step.id }
  return { submitted, ...(await readToTheEnd(journey, step, submitted.executionId ?? submitted.id ?? '')) }
}

async function readToTheEnd(journey: Journey, step: Step, id: string) {
  const statuses = new Set<unknown>()
  const pages: unknown[] = []
  const size = step.pageSize === undefined ? {} : { pageSize: step.pageSize }
  for (let after: string | undefined; ; ) {
    const page = await journey.read(step, id, after === undefined ? size : { ...size, after })
    statuses.add(page.queryStatus)
    if (page.queryStatus === 'Running' || page.queryStatus === 'Queued') {
      await pause(10)
      continue
    }
    pages.push(page.results ?? page.entities)
    after = page.cursors?.after ?? afterOf(page.nextUri)
    if (after === undefined) return { statuses: [...statuses], pages }
  }
}

const afterOf = (nextUri: string | undefined) =>
  nextUri === undefined ? undefined : (new URL(nextUri, 'http://any').searchParams.get('after') ?? undefined)

async function clientLifeCycle(step: Step) {
  const created = await oauth.postOauthClients(step.body)
  const id = created.id ?? ''
  const listed = await oauth.getOauthClients()
  const read = await oauth.getOauthClient(id)
  const updated = await oauth.putOauthClient(id, step.update)
  const resecreted = await oauth.postOauthClientSecret(id)
  await oauth.deleteOauthClient(id)
  const afterDelete = await oauth.getOauthClient(id).catch(surfaced)
  return { created, listed, read, updated, resecreted, afterDelete }
}

interface Rejection {
  readonly status?: number
  readonly code?: string
  readonly message?: string
}

/** The client rejects with the ErrorBody itself; headers it tells only to those who ask for extended responses. */
function surfaced(error: unknown): object {
  const { status, code, message } = error as Rejection
  return { error: { status, code, message } }
}

const input = JSON.parse(await text(process.stdin)) as {
  readonly url: string
  readonly clientId: string
  readonly clientSecret: string
  readonly steps: readonly Step[]
}
const { hostname, port } = new URL(input.url)
client.setGateway({ host: hostname, protocol: 'http', port: Number(port) })
const { accessToken } = await client.loginClientCredentialsGrant(input.clientId, input.clientSecret)
const transcript: object[] = []
for (const step of input.steps) {
  client.setAccessToken(step.token ?? accessToken)
  transcript.push({ name: step.name, ...(await taken(step).catch(surfaced)) })
}
process.stdout.write(JSON.stringify(transcript))

import type { Log } from '../domain/log.ts'
import { Refusal, shown } from '../domain/refusal.ts'
import { type Client, findClientById } from '../metadata/clients.ts'
import type { MetadataDatabase } from '../metadata/database.ts'
import { Attempts } from './attempts.ts'
import { isClientSecret } from './secrets.ts'

export interface ClientCredentials {
  readonly clientId: string
  readonly clientSecret: string
  /** Where they come from: failures are counted by it. */
  readonly address: string
}

/**
 * The active client that these credentials are of, or undefined.
 * @throws Refusal too.many.requests after too many failures of this client id from this address.
 */
export type FindClientBySecret = (credentials: ClientCredentials) => Promise<Client | undefined>

export function createFindClientBySecret(parts: {
  readonly metadata: MetadataDatabase
  readonly now: () => number
  readonly log: Log
}): FindClientBySecret {
  const attempts = new Attempts(parts.now)
  return async ({ clientId, clientSecret, address }) => {
    const readings = readingsOf(clientId, clientSecret)
    const counted = readings.at(-1)?.clientId ?? clientId
    const wait = attempts.wait(counted, address)
    if (wait !== undefined) throw tooManyFailures(wait)
    for (const reading of readings) {
      const client = await findClientById(parts.metadata, reading.clientId)
      const isRight = await isClientSecret(reading.clientSecret, client?.secretHash ?? undefined)
      if (client === undefined || !isRight || client.state !== 'active') continue
      attempts.succeeded(counted, address)
      return client
    }
    if (attempts.failed(counted, address)) {
      parts.log.warn({ clientId: shown(counted), address }, 'too many wrong client secrets; refused for a minute')
    }
    return undefined
  }
}

/**
 * As they came, and decoded: RFC 6749 §2.3.1 wants both form-encoded inside HTTP Basic, which some clients do and most
 * do not. How many readings there are depends on what came alone, and so does the time that they take.
 */
function readingsOf(clientId: string, clientSecret: string): readonly { clientId: string; clientSecret: string }[] {
  const plain = { clientId, clientSecret }
  const decoded = { clientId: formDecoded(clientId), clientSecret: formDecoded(clientSecret) }
  const isSame = decoded.clientId === clientId && decoded.clientSecret === clientSecret
  return isSame ? [plain] : [plain, decoded]
}

function formDecoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return text
  }
}

function tooManyFailures(seconds: number): Refusal {
  return new Refusal(
    'too.many.requests',
    'Too many wrong secrets for this client from this address. Retry the request in [{seconds}] seconds',
    { seconds: String(seconds) },
    { retryAfter: seconds },
  )
}

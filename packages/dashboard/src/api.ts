import { RoutemeterClient, UsageApiError } from '@routemeter/client'

/** Where this page is: a proxy may have put the server anywhere. */
export const SERVER_URL = new URL('.', location.href).href.replace(/\/$/, '')

/** The one way to the server; the browser's cookie says who is asking. */
export const api = new RoutemeterClient({ url: SERVER_URL, session: true, maxRetries: 1 })

export function isSignedOut(error: unknown): boolean {
  return error instanceof UsageApiError && error.status === 401
}

/** What went wrong, for people. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** What the server's log knows it by. */
export function correlationIdOf(error: unknown): string | undefined {
  return error instanceof UsageApiError ? error.correlationId : undefined
}

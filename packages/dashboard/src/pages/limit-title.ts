import type { WatchedLimit } from '@routemeter/client'
import { count } from '../format.ts'

const NAMES = { clientId: 'client', userId: 'user', templateUri: 'route' } as const

export function limitTitle({ by, requestsPerMinute }: WatchedLimit): string {
  return `${count(requestsPerMinute)} requests a minute by ${by.map((name) => NAMES[name]).join(' and ')}`
}

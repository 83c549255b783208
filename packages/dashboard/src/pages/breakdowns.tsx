import type { PageProps } from '../page.ts'
import { Breakdown } from './breakdown.tsx'

/** Who called. A click shows what a client calls. */
export function ClientsPage({ view }: PageProps) {
  const of = { groupBy: ['clientId', 'clientName'], filter: 'clientId', leadsTo: 'routes', noun: 'Client' } as const
  return <Breakdown view={view} of={of} />
}

/** What was called. A click shows who calls it. */
export function RoutesPage({ view }: PageProps) {
  const of = { groupBy: ['templateUri'], filter: 'templateUri', leadsTo: 'clients', noun: 'Route' } as const
  return <Breakdown view={view} of={of} />
}

/** For whom it was called. A click shows what is called for a user. */
export function UsersPage({ view }: PageProps) {
  const of = { groupBy: ['userId'], filter: 'userId', leadsTo: 'routes', noun: 'User' } as const
  return <Breakdown view={view} of={of} />
}

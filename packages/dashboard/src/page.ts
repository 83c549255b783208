import type { Session } from '@routemeter/client'
import type { View } from './view.ts'

/** What every page gets. */
export interface PageProps {
  readonly view: View
  readonly session: Session
}

/** Whether the page may offer something: the server decides again. */
export function may(session: Session, ...permissions: readonly string[]): boolean {
  return permissions.some((permission) => session.permissions.includes(permission))
}

import type { PageProps } from '../page.ts'
import { ClientsSection } from './access-clients.tsx'
import { KeysSection } from './access-keys.tsx'

/** Who can ask and who can send. */
export function AccessPage({ view, session }: PageProps) {
  return (
    <div>
      <ClientsSection zone={view.zone} session={session} />
      <KeysSection zone={view.zone} session={session} />
    </div>
  )
}

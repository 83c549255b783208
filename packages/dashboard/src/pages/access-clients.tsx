import type { OAuthClient, OAuthClientWithSecret, Session } from '@routemeter/client'
import { useState } from 'preact/hooks'
import { api } from '../api.ts'
import { Copyable } from '../components/copyable.tsx'
import { type Column, DataTable } from '../components/data-table.tsx'
import { NameForm } from '../components/name-form.tsx'
import { Problem } from '../components/problem.tsx'
import { SureButton } from '../components/sure-button.tsx'
import { dateAndTime } from '../format.ts'
import { may } from '../page.ts'
import { useAnswer } from '../use-answer.ts'

/** The organization's OAuth clients: make one, give it a new secret, disable it. */
export function ClientsSection({ zone, session }: { zone: string; session: Session }) {
  const { value, error, reload } = useAnswer('oauth-clients', (signal) => Array.fromAsync(api.clients.list({ signal })))
  const [made, setMade] = useState<OAuthClientWithSecret>()
  const [problem, setProblem] = useState<unknown>()
  const attempt = async (action: () => Promise<OAuthClientWithSecret | OAuthClient | undefined>) => {
    setProblem(undefined)
    try {
      const client = await action()
      if (client !== undefined && 'secret' in client) setMade(client as OAuthClientWithSecret)
      reload()
    } catch (refused) {
      setProblem(refused)
    }
  }
  const make = (name: string) => attempt(() => api.clients.create({ name, authorizedGrantType: 'CLIENT-CREDENTIALS' }))
  return (
    <section>
      <h2>OAuth clients</h2>
      {may(session, 'oauth:client:add') && (
        <NameForm label="Name of a new client" action="Make a client" onName={make} />
      )}
      <Problem error={error ?? problem} />
      {made !== undefined && <MadeClient client={made} />}
      {value !== undefined && (
        <DataTable
          label="OAuth clients"
          rows={value}
          columns={columnsOf(zone, session, attempt)}
          keyOf={({ id }) => id}
          textOf={({ id, name }) => `${name} ${id}`}
        />
      )}
    </section>
  )
}

function MadeClient({ client: { id, name, secret } }: { client: OAuthClientWithSecret }) {
  return (
    <div class="made" role="status">
      <p>The secret of {name} is shown this once:</p>
      <Copyable label="client id" text={id} />
      <Copyable label="client secret" text={secret} />
    </div>
  )
}

type Attempt = (action: () => Promise<OAuthClientWithSecret | OAuthClient | undefined>) => Promise<void>

function columnsOf(zone: string, session: Session, attempt: Attempt): readonly Column<OAuthClient>[] {
  const actions = (client: OAuthClient) => (
    <span class="actions">
      {may(session, 'oauth:client:edit') && (
        <>
          <SureButton
            label={`New secret for ${client.name}`}
            text="New secret"
            question="The old one ends at once."
            onSure={() => attempt(() => api.clients.renewSecret(client.id))}
          />
          <SureButton
            label={`${client.state === 'active' ? 'Disable' : 'Enable'} ${client.name}`}
            text={client.state === 'active' ? 'Disable' : 'Enable'}
            question={client.state === 'active' ? 'Its tokens end at once.' : 'It gets tokens again.'}
            onSure={() => attempt(() => api.clients.update(client.id, switched(client)))}
          />
        </>
      )}
    </span>
  )
  return [
    { name: 'Name', sortBy: ({ name }) => name, cell: ({ name }) => name },
    { name: 'Id', cell: ({ id }) => <code>{id}</code> },
    { name: 'State', sortBy: ({ state }) => state, cell: ({ state }) => <span class={`state ${state}`}>{state}</span> },
    { name: 'Grant', sortBy: (row) => row.authorizedGrantType, cell: (row) => row.authorizedGrantType },
    { name: 'Made', sortBy: (row) => row.dateCreated, cell: (row) => dateAndTime(row.dateCreated, zone) },
    { name: 'Actions', cell: actions },
  ]
}

/** Everything that is said about it, but the state. */
function switched(client: OAuthClient) {
  const { name, description, authorizedGrantType, registeredRedirectUri, roleIds, scope, roleDivisions } = client
  const kept = { name, authorizedGrantType, registeredRedirectUri, roleIds, scope, roleDivisions }
  const state = client.state === 'active' ? 'disabled' : 'active'
  return { ...kept, ...(description === undefined ? {} : { description }), state } as const
}

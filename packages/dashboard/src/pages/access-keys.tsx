import type { ListedIngestKey, MadeIngestKey, Session } from '@routemeter/client'
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

/** Ingest keys, which send events and do nothing else: make one, end one. */
export function KeysSection({ zone, session }: { zone: string; session: Session }) {
  const { value, error, reload } = useAnswer('ingest-keys', (signal) => api.keys.list({ signal }))
  const [made, setMade] = useState<MadeIngestKey>()
  const [problem, setProblem] = useState<unknown>()
  const make = (name: string) =>
    api.keys.create({ name }).then((key) => {
      setProblem(undefined)
      setMade(key)
      reload()
    }, setProblem)
  const end = ({ id }: ListedIngestKey) => api.keys.delete(id).then(reload, setProblem)
  const mayEnd = may(session, 'oauth:client:delete')
  const columns: Column<ListedIngestKey>[] = [
    { name: 'Name', sortBy: ({ name }) => name, cell: ({ name }) => name },
    { name: 'Id', cell: ({ id }) => <code>{id}</code> },
    { name: 'Made', sortBy: (key) => key.dateCreated, cell: (key) => dateAndTime(key.dateCreated, zone) },
    {
      name: 'Actions',
      cell: (key) =>
        mayEnd && (
          <SureButton
            label={`End ${key.name}`}
            text="End"
            question="Its senders are refused."
            onSure={() => end(key)}
          />
        ),
    },
  ]
  return (
    <section>
      <h2>Ingest keys</h2>
      {may(session, 'oauth:client:add') && <NameForm label="Name of a new key" action="Make a key" onName={make} />}
      <Problem error={error ?? problem} />
      {made !== undefined && (
        <div class="made" role="status">
          <p>The key {made.name} is shown this once:</p>
          <Copyable label="ingest key" text={made.key} />
        </div>
      )}
      {value !== undefined && <DataTable label="Ingest keys" rows={value} columns={columns} keyOf={({ id }) => id} />}
    </section>
  )
}

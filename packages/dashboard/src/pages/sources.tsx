import { useState } from 'preact/hooks'
import { api, SERVER_URL } from '../api.ts'
import { Copyable } from '../components/copyable.tsx'
import { Problem } from '../components/problem.tsx'
import { may, type PageProps } from '../page.ts'
import { GATEWAYS } from '../source-snippets.ts'
import { FirstEvent } from './first-event.tsx'

/** What to paste into a gateway, with this server's address and a new key, and whether its events arrive. */
export function SourcesPage({ session }: PageProps) {
  const [name, setName] = useState('curl')
  const [key, setKey] = useState<string>()
  const [problem, setProblem] = useState<unknown>()
  const gateway = GATEWAYS.find((each) => each.name === name) ?? GATEWAYS[0]
  const makeKey = () =>
    void api.keys.create({ name: gateway.title }).then((made) => {
      setProblem(undefined)
      setKey(made.key)
    }, setProblem)
  const pick = (chosen: string) => {
    setName(chosen)
    setKey(undefined)
  }
  return (
    <div>
      <div class="toolbar">
        <label>
          Source{' '}
          <select value={name} onChange={(event) => pick(event.currentTarget.value)}>
            {GATEWAYS.map((each) => (
              <option key={each.name} value={each.name}>
                {each.title}
              </option>
            ))}
          </select>
        </label>
        {may(session, 'oauth:client:add') && (
          <button type="button" onClick={makeKey} disabled={key !== undefined}>
            {key === undefined ? 'Fill in a new key' : 'A new key is filled in'}
          </button>
        )}
      </div>
      <Problem error={problem} />
      {gateway.steps({ url: SERVER_URL, key: key ?? 'rmk_…' }).map(({ title, text }) => (
        <section key={title}>
          <h2>{title}</h2>
          <Copyable label={title} text={text} isBlock />
        </section>
      ))}
      {key !== undefined && <p class="fine">The key is shown this once: paste it before you leave this page.</p>}
      <FirstEvent key={`${name}${key}`} />
    </div>
  )
}

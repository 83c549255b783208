import { useEffect, useState } from 'preact/hooks'
import { api } from '../api.ts'
import { Problem } from '../components/problem.tsx'
import { count } from '../format.ts'

/** Says when the first event since it was opened has been counted. */
export function FirstEvent() {
  const [received, setReceived] = useState(0)
  const [problem, setProblem] = useState<unknown>()
  useEffect(() => {
    const ending = new AbortController()
    const follow = async () => {
      for await (const event of api.usage.live({ signal: ending.signal })) {
        if (event.event === 'usage') {
          const calls = event.rows.reduce((sum, { requests }) => sum + requests, 0)
          setReceived((before) => before + calls)
        }
      }
    }
    follow().catch((error) => ending.signal.aborted || setProblem(error))
    return () => ending.abort()
  }, [])
  return (
    <>
      <p class={received > 0 ? 'waiting done' : 'waiting'} role="status">
        {received > 0 ? `Received: ${count(received)} calls since you opened this.` : 'Waiting for the first event …'}
      </p>
      <Problem error={problem} />
    </>
  )
}

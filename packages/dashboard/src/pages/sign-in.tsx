import { type SignInState, UsageApiError } from '@routemeter/client'
import { useState } from 'preact/hooks'
import { api, SERVER_URL } from '../api.ts'
import { Problem } from '../components/problem.tsx'
import iconUrl from '../icon.svg'

interface SignInProps {
  readonly state: SignInState
  /** Why the one-time link did not work. */
  readonly linkProblem: unknown
  readonly onSignedIn: () => Promise<void>
}

/** The first page for whoever is not signed in. */
export function SignIn({ state, linkProblem, onSignedIn }: SignInProps) {
  const [problem, setProblem] = useState(
    worded(linkProblem, 'The sign-in link was used already, or is older than 15 minutes.'),
  )
  const [isBusy, setBusy] = useState(false)
  const signIn = async (event: SubmitEvent) => {
    event.preventDefault()
    if (!(event.currentTarget instanceof HTMLFormElement)) return
    const given = new FormData(event.currentTarget)
    setBusy(true)
    setProblem(undefined)
    try {
      await api.session.signIn({ clientId: textOf(given, 'clientId'), clientSecret: textOf(given, 'clientSecret') })
      await onSignedIn()
    } catch (error) {
      setProblem(worded(error, 'There is no client with this id and secret.'))
    } finally {
      setBusy(false)
    }
  }
  return (
    <main class="sign-in">
      <p class="brand">
        <img src={iconUrl} alt="" width="36" height="36" /> Routemeter
      </p>
      <h1>Sign in</h1>
      <p>Open the sign-in link that the server printed when it started. It works once, for 15 minutes.</p>
      <p>Or use the id and secret of one of your organization’s OAuth clients:</p>
      <Problem error={problem} />
      <form onSubmit={(event) => void signIn(event)}>
        <label>
          Client id <input name="clientId" autoComplete="username" required maxLength={256} />
        </label>
        <label>
          Client secret <input name="clientSecret" type="password" autoComplete="current-password" required />
        </label>
        <button type="submit" disabled={isBusy}>
          Sign in
        </button>
      </form>
      {state.providers.map(({ id, name }) => (
        <p key={id}>
          <a class="button" href={`${SERVER_URL}/oauth/sign-in/${encodeURIComponent(id)}`}>
            Sign in with {name}
          </a>
        </p>
      ))}
      <p class="fine">
        <a href={`${SERVER_URL}/docs`}>The API</a> · Routemeter {state.version}
      </p>
    </main>
  )
}

function textOf(form: FormData, name: string): string {
  return String(form.get(name) ?? '')
}

/** The server says of wrong credentials only that they are wrong; the page knows which. */
function worded(error: unknown, refused: string): unknown {
  if (!(error instanceof UsageApiError) || error.status !== 401) return error
  const { status, code, correlationId } = error
  return new UsageApiError(refused, { status, code, correlationId })
}

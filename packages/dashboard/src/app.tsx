import type { Session, SignInState } from '@routemeter/client'
import { useCallback, useEffect, useState } from 'preact/hooks'
import { api } from './api.ts'
import { Layout } from './components/layout.tsx'
import { Problem } from './components/problem.tsx'
import { SignIn } from './pages/sign-in.tsx'
import { PAGES } from './pages.ts'
import { SIGNED_OUT } from './use-answer.ts'
import { useView } from './view.ts'

/** Whoever is signed in sees the page that the address names; everybody else how to sign in. */
export function App() {
  const [state, setState] = useState<SignInState>()
  const [problem, setProblem] = useState<unknown>()
  const [linkProblem, setLinkProblem] = useState<unknown>()
  const look = useCallback(async () => {
    try {
      setState(await api.session.state())
      setProblem(undefined)
    } catch (error) {
      setProblem(error)
    }
  }, [])
  useEffect(() => {
    const begin = async () => {
      const code = takeSignInCode()
      if (code !== undefined) await api.session.signIn({ code }).catch(setLinkProblem)
      await look()
    }
    const again = () => void begin()
    const bySignInLink = () => {
      if (location.hash.startsWith('#signin=')) again()
    }
    again()
    addEventListener(SIGNED_OUT, look)
    addEventListener('hashchange', bySignInLink)
    return () => {
      removeEventListener(SIGNED_OUT, look)
      removeEventListener('hashchange', bySignInLink)
    }
  }, [look])
  if (state === undefined) return problem === undefined ? null : <Problem error={problem} />
  if (state.session === null) return <SignIn state={state} linkProblem={linkProblem} onSignedIn={look} />
  return <SignedIn session={state.session} version={state.version} onSignedOut={look} />
}

/** The code leaves the address bar before anything else happens. */
function takeSignInCode(): string | undefined {
  const code = new URLSearchParams(location.hash.slice(1)).get('signin') ?? undefined
  if (code !== undefined) history.replaceState(null, '', location.pathname)
  return code
}

function SignedIn(props: { session: Session; version: string; onSignedOut: () => void }) {
  const view = useView()
  const { title, Page } = PAGES[view.page]
  useEffect(() => {
    document.title = `${title} – Routemeter`
  }, [title])
  return (
    <Layout view={view} title={title} {...props}>
      <Page key={view.page} view={view} session={props.session} />
    </Layout>
  )
}

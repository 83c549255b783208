import type { Session } from '@routemeter/client'
import type { ComponentChildren } from 'preact'
import { api, SERVER_URL } from '../api.ts'
import iconUrl from '../icon.svg'
import { PAGES } from '../pages.ts'
import { formatView, PAGE_NAMES, type PageName, type View } from '../view.ts'
import { Toolbar } from './toolbar.tsx'

interface LayoutProps {
  readonly view: View
  readonly title: string
  readonly session: Session
  readonly version: string
  readonly onSignedOut: () => void
  readonly children: ComponentChildren
}

/** The frame around every page: where one can go, who is signed in, what is being looked at. */
export function Layout({ view, title, session, version, onSignedOut, children }: LayoutProps) {
  const signOut = () => void api.session.signOut().finally(onSignedOut)
  return (
    <div class="frame">
      <button type="button" class="skip" onClick={toMain}>
        Skip to the content
      </button>
      <header class="side">
        <p class="brand">
          <img src={iconUrl} alt="" width="28" height="28" /> Routemeter
        </p>
        <Navigation view={view} />
        <div class="who">
          <p>
            <strong>{session.organizationName}</strong>
            <span>{session.name}</span>
          </p>
          <button type="button" class="plain" onClick={signOut}>
            Sign out
          </button>
          <p class="fine">
            <a href={`${SERVER_URL}/docs`}>API</a> · {version}
          </p>
        </div>
      </header>
      <main id="main" tabIndex={-1}>
        <div class="top">
          <h1>{title}</h1>
          {PAGES[view.page].isOfUsage && <Toolbar view={view} />}
        </div>
        {children}
      </main>
    </div>
  )
}

/** Not a link: the part of the address that it would change is the view's. */
function toMain(): void {
  document.getElementById('main')?.focus()
}

function Navigation({ view }: { view: View }) {
  const link = (page: PageName) => (
    <li key={page}>
      <a href={formatView({ ...view, page })} aria-current={page === view.page ? 'page' : undefined}>
        {PAGES[page].title}
      </a>
    </li>
  )
  return (
    <nav aria-label="Pages">
      <ul>{PAGE_NAMES.map(link)}</ul>
    </nav>
  )
}

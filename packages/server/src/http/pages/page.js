// Signing in and out on the page at /. The code of a sign-in link stands in the fragment, which no browser sends to a
// server; it leaves the address bar before anything else happens.

const SIGN_IN = 'v1/sign-in'
const problem = document.getElementById('problem')

function signInWithLink() {
  const code = new URLSearchParams(location.hash.slice(1)).get('signin')
  if (code === null) return
  history.replaceState(null, '', location.pathname)
  void signIn({ code }, 'The sign-in link was used already, or is older than 15 minutes.')
}

async function signIn(proof, refused) {
  const answer = await call('POST', proof)
  if (answer?.ok) location.replace(location.pathname)
  else if (answer) show(answer.status === 401 ? refused : await messageOf(answer))
}

async function signOut() {
  const answer = await call('DELETE')
  if (answer?.ok) location.replace(location.pathname)
  else if (answer) show(await messageOf(answer))
}

async function call(method, body) {
  show('')
  try {
    const json =
      body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
    return await fetch(SIGN_IN, { method, ...json })
  } catch {
    show('The server cannot be reached.')
    return undefined
  }
}

async function messageOf(answer) {
  const error = await answer.json().catch(() => ({}))
  return error.message ?? 'That did not work.'
}

function show(text) {
  problem.hidden = text === ''
  problem.textContent = text
}

document.getElementById('sign-out')?.addEventListener('click', signOut)
document.getElementById('sign-in')?.addEventListener('submit', (event) => {
  event.preventDefault()
  void signIn(Object.fromEntries(new FormData(event.target)), 'There is no client with this id and secret.')
})
addEventListener('hashchange', signInWithLink)
signInWithLink()

import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { TestIdentityApp } from '../packages/server/src/http/test-identity-app.ts'
import { SECRET } from '../packages/server/src/identity/test-identity.ts'
import { inChromium, launchChromium } from './chromium.ts'

// The platform's own JavaScript SDK signs Rita in by PKCE, in a real browser. The app's page is on localhost, the server
// on 127.0.0.1: two sites, as in life, so that SameSite, CORS, Origin and form-action mean what they say.
inChromium('in a browser', () => {
  const parts = new AsyncDisposableStack()
  /** What the server's pages complained of, such as what their policy blocked. */
  const complaints: string[] = []
  let page: Page
  let serverUrl: string
  let appUrl: string

  beforeAll(async () => {
    const app = createServer((request, response) => answerAsApp(request, response, serverUrl))
    appUrl = await listen(app)
    parts.defer(() => void app.close())
    const server = parts.use(await TestIdentityApp.open({ corsOrigins: [appUrl] }))
    serverUrl = await server.listen()
    await server.test.addClient('acme', 'rita', ['usage:organization:view'], { name: 'Rita' })
    const registered = { authorizedGrantType: 'CODE', registeredRedirectUri: [`${appUrl}/`] }
    await server.test.addClient('acme', 'app', ['usage:organization:view'], { name: 'Reports', ...registered })
    const browser = parts.adopt(await launchChromium(), (opened) => opened.close())
    page = await browser.newPage()
    page.on('console', (message) => {
      const fromServer = message.location().url.startsWith(serverUrl) || page.url().startsWith(serverUrl)
      if (message.type() === 'error' && fromServer) complaints.push(message.text())
    })
  })
  afterAll(() => parts.disposeAsync())

  const outcome = () => page.locator('#outcome').textContent({ timeout: 20_000 })

  test('the SDK’s PKCE login leads through our pages and back, and its token speaks for the person', async () => {
    await page.goto(`${appUrl}/?state=first`)
    await page.getByLabel('Client id').fill('rita')
    await page.getByLabel('Client secret').fill('wrong')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('alert').waitFor()
    await page.getByLabel('Client secret').fill(SECRET)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('button', { name: 'Allow' }).click()
    expect(await outcome()).toBe('Rita, through Reports')
    // The one is the failed sign-in's 401, which Chromium calls an error.
    expect(complaints).toEqual([expect.stringContaining('401')])
  })

  test('who is signed in is not asked for a secret again, though the app is another site', async () => {
    await page.goto(`${appUrl}/?forget=token`)
    await page.getByRole('button', { name: 'Allow' }).waitFor()
    expect(await page.getByLabel('Client secret').count()).toBe(0)
    await page.getByRole('button', { name: 'Deny' }).click()
    expect(await outcome()).toContain('access_denied')
  })

  test('a page of another site can neither send the form nor show ours in a frame', async () => {
    const query = new URLSearchParams({
      response_type: 'code',
      client_id: 'app',
      redirect_uri: `${appUrl}/`,
      code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
      code_challenge_method: 'S256',
    })
    await page.goto(`${appUrl}/forge?${query}`)
    await page.getByRole('button', { name: 'Send' }).click()
    await page.getByText('That is not allowed').waitFor()
    await page.goto(`${appUrl}/frame?${query}`)
    const frame = page.frames().find((one) => one !== page.mainFrame())
    expect(await frame?.locator('button').count()).toBe(0)
    expect(frame?.url()).not.toContain(serverUrl)
  })

  test('the page at / knows who is signed in, and signs out', async () => {
    await page.goto(serverUrl)
    await page.getByText('You are signed in as Rita').waitFor()
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByRole('button', { name: 'Sign in' }).waitFor()
  })
})

function listen(server: Server): Promise<string> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      resolve(`http://localhost:${typeof address === 'object' ? address?.port : ''}`)
    })
  })
}

/** Another site: an app that uses the SDK as its documentation says, and two pages that mean no good. */
function answerAsApp({ url = '' }: IncomingMessage, response: ServerResponse, serverUrl: string): void {
  const { pathname, search } = new URL(url, 'http://localhost')
  const authorize = `${serverUrl}/oauth/authorize${search}`.replaceAll('&', '&amp;')
  if (pathname === '/sdk.js') response.setHeader('content-type', 'text/javascript').end(readFileSync(SDK))
  else if (pathname === '/forge') {
    const fields = '<input name="decision" value="allow"><input name="formToken" value="x">'
    response.end(`<!doctype html><form method="post" action="${authorize}">${fields}<button>Send</button></form>`)
  } else if (pathname === '/frame') response.end(`<!doctype html><iframe src="${authorize}"></iframe>`)
  else response.setHeader('content-type', 'text/html').end(appPage(new URL(serverUrl).port))
}

const SDK = new URL(
  '../node_modules/purecloud-platform-client-v2/dist/web-cjs/purecloud-platform-client-v2.min.js',
  import.meta.url,
)

const appPage = (port: string) => `<!doctype html>
<meta charset="utf-8">
<title>Reports</title>
<body>
<script src="/sdk.js"></script>
<script>
  const platformClient = require('platformClient')
  const client = platformClient.ApiClient.instance
  client.setPersistSettings(false)
  client.setGateway({ host: '127.0.0.1', protocol: 'http', port: ${port} })
  const show = (text) => {
    document.body.innerHTML = '<p id="outcome"></p>'
    document.getElementById('outcome').textContent = text
  }
  client
    .loginPKCEGrant('app', location.origin + '/', { state: 'a state' })
    .then(async (authData) => {
      if (authData.state !== 'a state') throw new Error('the state is ' + authData.state)
      const me = await new platformClient.UsersApi().getUsersMe()
      const token = await new platformClient.TokensApi().getTokensMe()
      show(me.name + ', through ' + token.OAuthClient.name)
    })
    .catch((error) => show('failed: ' + (error.message || JSON.stringify(error))))
</script>`

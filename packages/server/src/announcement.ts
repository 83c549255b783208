/** What a start tells the person who made it. */
export interface Announcement {
  readonly version: string
  readonly url: string
  readonly data: string
  /** For a link that signs a browser in, once and for 15 minutes. */
  readonly signInCode: string | undefined
  /** The first client, where its id and secret are to be told. */
  readonly clientId: string | undefined
  readonly clientSecret: string | undefined
  /** Where the generated secret was put, because nobody reads along. */
  readonly secretFile: string | undefined
  /** How many sample calls the demo organization has; undefined without the demo. */
  readonly demoCalls: number | undefined
}

const DEFAULT_URL = 'http://127.0.0.1:8787'

/** Lines of at most 80 columns, but for a long path or address; what is to be pasted works when pasted. */
export function announcement(told: Announcement): string {
  const { version, url, signInCode, clientId, clientSecret, secretFile, demoCalls } = told
  const title = demoCalls === undefined ? '' : `: the demo organization, ${demoCalls.toLocaleString('en-US')} calls`
  const facts: (readonly [string, string | undefined])[] = [
    ['Open', signInCode === undefined ? url : undefined],
    ['Client id', clientId],
    ['Client secret', clientSecret ?? (secretFile === undefined ? undefined : `in ${secretFile}`)],
    ['API', `${url}/docs`],
    ['Data', told.data],
  ]
  const lines = facts.flatMap(([name, value]) => (value === undefined ? [] : [`  ${name.padEnd(15)}${value}`]))
  const tries = clientId === undefined || clientSecret === undefined ? [] : toTry(url, clientId, clientSecret)
  const link = signInCode === undefined ? [] : signInLink(url, signInCode)
  return ['', `Routemeter ${version}${title}`, '', ...link, ...lines, '', ...tries].join('\n')
}

function signInLink(url: string, code: string): readonly string[] {
  return ['Open this, it signs you in (once, within 15 minutes):', '', `  ${url}/#signin=${code}`, '']
}

function toTry(url: string, clientId: string, clientSecret: string): readonly string[] {
  return [
    'In another terminal, here:',
    '',
    ...(url === DEFAULT_URL ? [] : [`  ROUTEMETER_URL=${url} \\`]),
    `  ROUTEMETER_CLIENT_ID=${clientId} \\`,
    `  ROUTEMETER_CLIENT_SECRET=${clientSecret} \\`,
    '  npx routemeter query --by clientId --interval 2020-02-01/2020-02-28',
    '',
    `  curl -s ${url}/api/v2/usage/query \\`,
    `    -H "Authorization: Bearer $(curl -s ${url}/oauth/token \\`,
    '      -d grant_type=client_credentials \\',
    `      -d client_id=${clientId} \\`,
    `      -d client_secret=${clientSecret} \\`,
    `      | cut -d'"' -f4)" \\`,
    `    -H 'Content-Type: application/json' \\`,
    `    -d '{"interval":"2020-02-01/2020-02-28"}'`,
    '',
  ]
}

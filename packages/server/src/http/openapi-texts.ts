/** The document's sections, in the order in which they are shown. */
export const API_TAGS = [
  { name: 'Events', description: 'Send finished API calls; the answer comes when they are on disk and counted.' },
  { name: 'Usage', description: 'Ask what was called: submit a query, then poll for its result.' },
  {
    name: 'Rate limits',
    description: 'Limits that others enforce and Routemeter watches: who is near or over, and since when.',
  },
  { name: 'OAuth', description: 'Get an access token, for a client or for a person.' },
  { name: 'OAuth clients', description: 'Who may get an access token, and what it may do.' },
  { name: 'Users', description: 'The people who call.' },
  { name: 'Tokens', description: 'The token that a request comes with.' },
  {
    name: 'Ingest keys',
    description: 'Credentials for senders that cannot do OAuth. A key sends events, nothing else.',
  },
  { name: 'Organizations', description: 'The tenants whose API traffic is metered.' },
  {
    name: 'Authorized clients',
    description: 'Where clients are authorized beside their owner’s organization: their owner sees their calls there.',
  },
  {
    name: 'Route templates',
    description:
      'What paths are counted under: import templates, see what none fits, count anew what was counted before.',
  },
  { name: 'Sign-in', description: 'Browser sessions, for this server’s own pages.' },
  { name: 'Server', description: 'The server’s own health and documentation.' },
]

/** What holds for every operation. */
export const API_INTRODUCTION = `Routemeter counts API calls and answers who called what, how often and with which result.
The operations under \`/api/v2\` speak the Genesys Cloud Usage API: official clients work unchanged. Those under \`/v1\`
are Routemeter’s own.

**Signing in.** Trade an OAuth client’s id and secret for a token, then send it with every request:

\`\`\`
curl -u "$CLIENT_ID:$CLIENT_SECRET" -d grant_type=client_credentials $URL/oauth/token
curl -H "Authorization: Bearer $TOKEN" $URL/api/v2/tokens/me
\`\`\`

An operation’s description lists the permissions of which the client needs one. An ingest key goes into the same
header, or into \`X-Api-Key\`, or is the password of HTTP Basic. No token is ever read from a URL.

**Errors** are one JSON object, whatever went wrong, with a \`code\` for programs and a \`message\` for people. Its
\`contextId\` is the answer’s \`ININ-Correlation-Id\` header and stands in the server’s log.

**Rate limits.** \`inin-ratelimit-count\` and \`inin-ratelimit-allowed\` say how many requests the token used and may
use in its current minute, \`inin-ratelimit-reset\` in how many seconds the next one starts; where the organization has a
limit too, they are those of the one that ends first. Past it the answer is 429 with \`Retry-After\`, and that request is
not counted. Sending events is counted apart.`

import { type Static, Type } from 'typebox'
import { Value } from 'typebox/value'
import { ALL_PERMISSIONS } from '../domain/permissions.ts'

/** Signature algorithms of public keys; a shared secret or none at all cannot be asked for. */
const ALGORITHMS = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
] as const

/** Keys that come over a plain connection are anybody's; on the machine itself there is nobody between. */
const SAFE_URL = '^(https://[^\\s/?#@]+|http://(localhost|127\\.0\\.0\\.1|\\[::1\\])(:\\d+)?)(/[^\\s?#]*)?$'
const url = (description: string) =>
  Type.String({
    pattern: SAFE_URL,
    description,
    mustBe: 'an https address such as https://login.example.com; http only of this machine itself',
  })
const claim = (description: string, byDefault?: string) =>
  Type.String({
    minLength: 1,
    maxLength: 256,
    description,
    mustBe: 'the name of a claim, with dots into nested ones',
    ...(byDefault === undefined ? {} : { default: byDefault }),
  })

/** Signing people in by OpenID Connect's authorization code flow. */
const SignInSettings = Type.Object(
  {
    id: Type.String({
      pattern: '^[a-z0-9-]{1,32}$',
      description:
        'names it in addresses: the redirect URI to register there is `<publicUrl>/oauth/sign-in/<id>/callback`',
      mustBe: '1 to 32 of a-z, 0-9 and "-"',
    }),
    name: Type.String({
      minLength: 1,
      maxLength: 64,
      description: 'what people read on the button',
      mustBe: 'a text of 1 to 64 characters',
    }),
    clientId: Type.String({
      minLength: 1,
      maxLength: 256,
      description: 'the client that this server is there; its secret, if any, comes by `signInSecrets`',
      mustBe: 'a text of 1 to 256 characters',
    }),
    scope: Type.String({
      pattern: '^(.* )?openid( .*)?$',
      maxLength: 1024,
      default: 'openid profile',
      description: 'what is asked of it',
      mustBe: 'scopes with spaces between them, openid among them',
    }),
  },
  { additionalProperties: false, description: 'for people: with it they can sign in there' },
)

/** One entry of the setting `issuers` (decisions.md 19); what each field is for stands in docs/configuration.md. */
const IssuerSettings = Type.Object(
  {
    issuer: url('the `iss` of its tokens, exactly'),
    audience: Type.String({
      minLength: 1,
      maxLength: 256,
      description: 'the `aud` that tokens meant for this server carry',
      mustBe: 'a text of 1 to 256 characters',
    }),
    organizations: Type.Array(Type.String({ pattern: '^[A-Za-z0-9._-]{1,64}$' }), {
      minItems: 1,
      description: 'ids of the organizations it may issue tokens for',
      mustBe: 'a list of organization ids: 1 to 64 of A-Z, a-z, 0-9, ".", "_" and "-" each',
    }),
    organizationClaim: Type.Optional(
      claim('the claim with the organization’s id; may be left out where `organizations` has one only'),
    ),
    clientIdClaim: Type.Optional(claim('the claim with the client’s id; without it `azp`, else `client_id`')),
    permissionsClaim: claim('the claim with the permissions: a list, or a text with spaces between them', 'scope'),
    maxPermissions: Type.Array(Type.Enum(ALL_PERMISSIONS), {
      description: 'the most that its tokens may; what else the claim says is not given',
      mustBe: `a list of permissions: ${ALL_PERMISSIONS.join(', ')}`,
    }),
    jwksUri: Type.Optional(
      url('where its keys are; without it, what `/.well-known/openid-configuration` under `issuer` says'),
    ),
    algorithms: Type.Array(Type.Enum(ALGORITHMS), {
      minItems: 1,
      default: ALGORITHMS,
      description: 'the signatures that are accepted',
      mustBe: `a list of ${ALGORITHMS.join(', ')}`,
    }),
    clockSkewSeconds: Type.Integer({
      minimum: 0,
      maximum: 600,
      default: 60,
      description: 'how far its clock and this server’s may be apart',
    }),
    signIn: Type.Optional(SignInSettings),
  },
  { additionalProperties: false },
)

/** The setting `issuers`; an issuer that is not told anything of a field has its default. */
export const IssuersSetting = Type.Array(IssuerSettings)

export type IssuerSettings = Static<typeof IssuerSettings>

/** What no single field shows: each mistake begins with its place, `issuers[1].issuer …`. */
export function issuerMistakes(issuers: unknown): readonly string[] {
  if (!Value.Check(IssuersSetting, issuers)) return []
  return issuers.flatMap(({ issuer, organizations, organizationClaim, signIn }, index) => {
    const place = `issuers[${index}]`
    const first = issuers.findIndex((other) => other.issuer === issuer)
    const firstSignIn = issuers.findIndex((other) => other.signIn?.id === signIn?.id)
    return [
      ...(first < index ? [`${place}.issuer is that of issuers[${first}] too: one entry for each issuer`] : []),
      ...(organizations.length > 1 && organizationClaim === undefined
        ? [`${place}.organizationClaim is missing; with several organizations a token must say which it is for`]
        : []),
      ...(signIn !== undefined && firstSignIn < index
        ? [`${place}.signIn.id is that of issuers[${firstSignIn}] too: each needs an address of its own`]
        : []),
    ]
  })
}

/** Client secrets at issuers, by `signIn.id`. */
export const SignInSecretsSetting = Type.Record(Type.String(), Type.String({ minLength: 1, maxLength: 1024 }))

/** A secret that is nobody's is most likely one that is missing elsewhere. */
export function strayedSecrets(
  secrets: Static<typeof SignInSecretsSetting> | undefined,
  issuers: readonly IssuerSettings[],
): readonly string[] {
  const ids = new Set(issuers.map(({ signIn }) => signIn?.id))
  return Object.keys(secrets ?? {}).filter((id) => !ids.has(id))
}

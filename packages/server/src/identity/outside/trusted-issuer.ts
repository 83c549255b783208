import type { Permission } from '../../domain/permissions.ts'

/** An outside identity provider, and how its claims are read (decisions.md 19); the setting `issuers` is a list of it. */
export interface TrustedIssuer {
  /** The `iss` of its tokens, exactly. */
  readonly issuer: string
  readonly audience: string
  /** The organizations that it may speak for. */
  readonly organizations: readonly string[]
  /** Without one the only organization is meant. */
  readonly organizationClaim?: string
  /** Without one `azp` is read, else `client_id`. */
  readonly clientIdClaim?: string
  readonly permissionsClaim: string
  /** What is not among these is not given, platform:admin like any other. */
  readonly maxPermissions: readonly Permission[]
  /** Without one the issuer's own discovery document says where its keys are. */
  readonly jwksUri?: string
  readonly algorithms: readonly string[]
  readonly clockSkewSeconds: number
  /** With it people can sign in there. */
  readonly signIn?: SignInAt
}

/** How this server is known at an issuer, for signing people in. */
export interface SignInAt {
  /** Names it in our addresses. */
  readonly id: string
  readonly name: string
  readonly clientId: string
  /** Without one this server is a public client there, and PKCE is all that protects the code. */
  readonly clientSecret?: string
  readonly scope: string
}

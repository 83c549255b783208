import type { Generated } from 'kysely'

/**
 * The metadata tables as Kysely sees them: plain types that SQLite and PostgreSQL share. Times are milliseconds since
 * 1970, secrets are hashes, lists are JSON text.
 */
export interface MetadataTables {
  organization: OrganizationTable
  client: ClientTable
  ingestKey: IngestKeyTable
  token: TokenTable
  signInCode: SignInCodeTable
  authorizationCode: AuthorizationCodeTable
  spentToken: SpentTokenTable
  routeTemplate: RouteTemplateTable
  unmatchedPath: UnmatchedPathTable
  rateLimitList: RateLimitListTable
  execution: ExecutionTable
  executionRows: ExecutionRowsTable
  flag: FlagTable
}

export interface OrganizationTable {
  id: string
  name: string
  createdAt: number
  /** Set while its usage is being erased: it counts as gone, only its id is still taken. */
  deletedAt: number | null
}

/** An OAuth client. Its id is any string that an event's clientId may be (decisions.md 17). */
export interface ClientTable {
  id: string
  organizationId: string
  name: string
  description: string
  /** CLIENT-CREDENTIALS, CODE, TOKEN, SAML2-BEARER or PASSWORD. */
  authorizedGrantType: string
  /** `scrypt:…`, see identity/secrets.ts; null for a client that has no secret yet and so cannot sign in. */
  secretHash: string | null
  /** active, disabled or inactive. */
  state: string
  accessTokenValiditySeconds: number
  /** JSON lists. */
  permissions: string
  roleIds: string
  /** Of { roleId, divisionId }. */
  roleDivisions: string
  scope: string
  registeredRedirectUri: string
  createdAt: number
  modifiedAt: number
  createdBy: string
  modifiedBy: string
}

export interface IngestKeyTable {
  id: string
  organizationId: string
  name: string
  keyHash: string
  /** header or apitally. */
  kind: string
  /** 1 when it may send events of every organization (decisions.md 18). */
  anyOrganization: number
  createdAt: number
  createdBy: string
}

/** Access tokens and browser sessions; only their hashes are kept. */
export interface TokenTable extends Nullable<PersonColumns> {
  hash: string
  /** access or session. */
  kind: string
  /** The client that it was given to, without which it is dead; "" for the session of a person who has none. */
  clientId: string
  /** Of the authorization code that it was given for. */
  codeHash: string | null
  createdAt: number
  expiresAt: number
}

/** Whom it speaks for, as they signed in. Someone of this server (issuer "") is the client that is their subject. */
export interface PersonColumns {
  personIssuer: string
  personSubject: string
  personName: string
  personOrganizationId: string
  /** JSON list. */
  personPermissions: string
}

type Nullable<Columns> = { [Name in keyof Columns]: Columns[Name] | null }

/** One-time sign-in links (decisions.md 22). */
export interface SignInCodeTable {
  hash: string
  clientId: string
  expiresAt: number
}

/** What a person allowed a client to fetch a token for, for a moment (RFC 6749 §4.1.2). */
export interface AuthorizationCodeTable extends PersonColumns {
  hash: string
  clientId: string
  redirectUri: string
  /** PKCE's, S256: the verifier's SHA-256 in base64url. */
  codeChallenge: string
  expiresAt: number
  /** How often somebody came with it; more than once, and all that was given for it is revoked. */
  uses: number
}

/** Tokens that an outside issuer made, so that they are not in TokenTable, and that may not be used any more. */
export interface SpentTokenTable {
  hash: string
  /** When it would be dead anyway, and is forgotten here. */
  expiresAt: number
}

export interface RouteTemplateTable {
  organizationId: string
  templateUri: string
  addedAt: number
}

/** A sample of the paths that no route template fits, by their folded shapes. */
export interface UnmatchedPathTable {
  organizationId: string
  shape: string
  example: string
  calls: number
  /** How many of the calls were answered 404. */
  notFound: number
  firstSeenAt: number
  lastSeenAt: number
}

/** The limits that an organization wants watched, where it said so. */
export interface RateLimitListTable {
  organizationId: string
  /** JSON list of WatchedLimit. */
  limits: string
  modifiedAt: number
}

export interface ExecutionTable {
  /** Order of arrival. */
  sequence: Generated<number>
  id: string
  organizationId: string
  /** Which operation made it; only that one may read it. */
  operation: string
  /** The {clientId} of the operation's path, "" for the organization's own. */
  clientId: string
  /** JSON: organizationIds and clientId of the scope it runs in. */
  scope: string
  /** JSON: the usage query. */
  query: string
  /** queued, running, complete, failed or cancelled. */
  state: string
  attempts: number
  submittedAt: number
  finishedAt: number | null
  /** When it and its rows are forgotten. */
  expiresAt: number
  rowCount: number
  /** Bytes that the kept rows take, compressed; 0 until it is complete. */
  keptBytes: number
}

/** A kept result in chunks of rows: zstd-compressed JSON. */
export interface ExecutionRowsTable {
  executionId: string
  chunk: number
  firstRow: number
  rowCount: number
  rows: Uint8Array
}

/** Facts about the installation itself, such as how far the demo data got. */
export interface FlagTable {
  name: string
  value: string
}

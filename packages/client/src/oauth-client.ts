/** How a client gets its tokens. */
export type OAuthGrantType = 'CODE' | 'TOKEN' | 'SAML2-BEARER' | 'PASSWORD' | 'CLIENT-CREDENTIALS'

export type OAuthClientState = 'active' | 'disabled' | 'inactive'

/** What is said about an OAuth client. */
export interface OAuthClientRequest {
  readonly name: string
  readonly authorizedGrantType: OAuthGrantType
  /**
   * How long its access tokens live: 300 to 172800 seconds.
   * @default 86400
   */
  readonly accessTokenValiditySeconds?: number
  readonly description?: string
  readonly registeredRedirectUri?: readonly string[]
  readonly roleIds?: readonly string[]
  readonly scope?: readonly string[]
  readonly roleDivisions?: readonly { readonly roleId: string; readonly divisionId: string }[]
  readonly state?: OAuthClientState
  /**
   * What its tokens may do.
   * @default the viewing ones that the maker has
   */
  readonly permissions?: readonly string[]
}

/** A new OAuth client. */
export interface NewOAuthClient extends OAuthClientRequest {
  /** For a client of an outside issuer; needs platform:admin. */
  readonly id?: string
}

/** An OAuth client as the server has it. Times are RFC 3339. */
export interface OAuthClient extends Omit<Required<OAuthClientRequest>, 'description'> {
  readonly id: string
  readonly description?: string
  readonly dateCreated: string
  readonly dateModified: string
  readonly createdBy?: { readonly id: string; readonly selfUri: string }
  readonly modifiedBy?: { readonly id: string; readonly selfUri: string }
  readonly selfUri: string
}

/** With the secret that was just made; the server tells it this once. */
export interface OAuthClientWithSecret extends OAuthClient {
  readonly secret: string
}

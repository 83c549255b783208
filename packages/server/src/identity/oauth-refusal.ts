/** A refusal in OAuth's own words (RFC 6749 §5.2). */
export class OAuthRefusal extends Error {
  override readonly name = 'OAuthRefusal'
  readonly error: string
  readonly status: 400 | 401
  /** True when the client tried HTTP Basic, and is to be told so again. */
  readonly challenge: boolean

  constructor(error: string, description: string, challenge = false) {
    super(description)
    this.error = error
    this.status = error === 'invalid_client' ? 401 : 400
    this.challenge = challenge
  }
}

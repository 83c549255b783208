/**
 * What a browser holds while its person is away at the identity provider. It is the browser's own and needs no seal:
 * whoever can write another one into a browser could begin a sign-in of their own there as well.
 */
export interface SignInTicket {
  readonly provider: string
  readonly state: string
  readonly nonce: string
  /** PKCE's code_verifier. */
  readonly verifier: string
  /** Where to go on afterwards, as the beginner of the sign-in said. */
  readonly returnTo: string
  /** Milliseconds since 1970. */
  readonly expiresAt: number
}

export function writeTicket(ticket: SignInTicket): string {
  return Buffer.from(JSON.stringify(ticket)).toString('base64url')
}

/** Undefined for anything that `writeTicket` does not write. */
export function readTicket(text: string): SignInTicket | undefined {
  let ticket: Partial<SignInTicket> | null
  try {
    ticket = JSON.parse(Buffer.from(text, 'base64url').toString())
  } catch {
    return undefined
  }
  const { provider, state, nonce, verifier, returnTo, expiresAt } = ticket ?? {}
  const texts = [provider, state, nonce, verifier, returnTo]
  return texts.every((value) => typeof value === 'string') && typeof expiresAt === 'number'
    ? (ticket as SignInTicket)
    : undefined
}

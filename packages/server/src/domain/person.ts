/** A human being who calls: whom the issuer knows under this subject, whatever they are called today (decisions.md 19). */
export interface Person {
  /** The identity provider's address; THIS_SERVER when they signed in here. */
  readonly issuer: string
  readonly subject: string
  readonly name: string
}

/** The issuer of people who sign in with a client's credentials or a sign-in link: their subject is the client's id. */
export const THIS_SERVER = ''

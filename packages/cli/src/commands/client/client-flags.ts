import type { OAuthClientRequest, OAuthClientState, OAuthGrantType } from '@routemeter/client'
import { type Command, InvalidArgumentError } from 'commander'

export interface ClientFlags {
  readonly description?: string
  readonly grant?: OAuthGrantType
  readonly permissions?: readonly string[]
  readonly redirectUri?: readonly string[]
  readonly tokenSeconds?: number
  readonly state?: OAuthClientState
}

/** Gives a command the flags that say what a client is. */
export function addClientFlags(command: Command): void {
  command
    .optionsGroup('Client:')
    .option('--description <text>', 'what it is for')
    .option('--grant <type>', 'CLIENT-CREDENTIALS, CODE, TOKEN, SAML2-BEARER or PASSWORD')
    .option('--permissions <names>', 'separated by commas; "" is none', (text) => text.split(',').filter(Boolean))
    .option('--redirect-uri <uri>', 'where people are sent back to; repeatable', (uri, before: string[] = []) => [
      ...before,
      uri,
    ])
    .option('--token-seconds <n>', 'how long its tokens live, 300 to 172800', wholeNumber)
    .option('--state <state>', 'active, disabled or inactive')
}

/** Only what the flags name. */
export function requestOf(flags: ClientFlags): Partial<OAuthClientRequest> {
  return {
    ...(flags.description === undefined ? {} : { description: flags.description }),
    ...(flags.grant === undefined ? {} : { authorizedGrantType: flags.grant }),
    ...(flags.permissions === undefined ? {} : { permissions: flags.permissions }),
    ...(flags.redirectUri === undefined ? {} : { registeredRedirectUri: flags.redirectUri }),
    ...(flags.tokenSeconds === undefined ? {} : { accessTokenValiditySeconds: flags.tokenSeconds }),
    ...(flags.state === undefined ? {} : { state: flags.state }),
  }
}

function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError(`${JSON.stringify(text)} is no whole number.`)
  return Number(text)
}

import type { FastifyReply, FastifyRequest } from 'fastify'
import type { AuthorizationRequest } from '../../identity/authorization-request.ts'
import type { Caller } from '../../identity/caller.ts'
import { heldByAll } from '../../identity/escalation.ts'
import { findOrganization } from '../../metadata/organizations.ts'
import { SESSION_COOKIE } from '../access.ts'
import type { Parts } from '../api.ts'
import { formToken } from '../form-token.ts'
import { consentPage } from '../pages/consent-page.ts'
import { messagePage } from '../pages/message-page.ts'
import { formTarget } from '../pages/page-policy.ts'
import { sendPage } from './authorization-answers.ts'

/** What the form's token is for: this request and no other, so that no answer can be moved to another app. */
export function consentPurpose(query: string): string {
  return `consent?${query}`
}

/**
 * Shows somebody who is signed in what the app asks for.
 * @param query the request's, as `queryText` makes it.
 */
export async function askForConsent(
  reply: FastifyReply,
  { metadata }: Pick<Parts, 'metadata'>,
  asked: { readonly request: AuthorizationRequest; readonly caller: Caller; readonly query: string },
): Promise<FastifyReply> {
  const { request, caller, query } = asked
  if (caller.organizationId !== request.client.organizationId) return sendPage(reply, otherOrganization(asked))
  const organization = await findOrganization(metadata, caller.organizationId)
  const text = consentPage({
    appName: request.client.name,
    personName: caller.name,
    organizationName: organization?.name ?? caller.organizationId,
    permissions: [...heldByAll([request.client.permissions, [...caller.permissions]])],
    redirectUri: request.redirectUri,
    query,
    formToken: formToken(sessionOf(reply.request), consentPurpose(query)),
  })
  return sendPage(reply, text, { formAction: [formTarget(request.redirectUri)] })
}

/** The session's cookie of somebody who is signed in. */
export function sessionOf(request: FastifyRequest): string {
  return request.cookies[SESSION_COOKIE] ?? ''
}

function otherOrganization({ caller, query }: { readonly caller: Caller; readonly query: string }): string {
  return messagePage({
    title: 'This is not your organization’s',
    message: `The application belongs to another organization than you, ${caller.name}: it cannot act for you.`,
    link: { text: 'Sign in as somebody else', url: `sign-in?${query}&prompt=login` },
  })
}

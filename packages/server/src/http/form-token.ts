import { createHmac, timingSafeEqual } from 'node:crypto'
import { Refusal } from '../domain/refusal.ts'

/**
 * What a form of ours carries, so that no other page can send it: it follows from a cookie that only this server reads
 * and from what the form does, and nothing has to be kept.
 * @param cookie 256 random bits that the browser has and nobody else.
 */
export function formToken(cookie: string, purpose: string): string {
  return createHmac('sha256', cookie).update(purpose).digest('base64url')
}

/** @throws Refusal not.authorized when the form was not made for this cookie and purpose. */
export function checkFormToken(came: string, cookie: string, purpose: string): void {
  const [theirs, ours] = [Buffer.from(came), Buffer.from(formToken(cookie, purpose))]
  if (theirs.length === ours.length && timingSafeEqual(theirs, ours)) return
  throw new Refusal('not.authorized', 'The form is not of this browser’s session, or is too old. Load the page again.')
}

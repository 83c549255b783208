import type { TextField, Texts } from './event-line.ts'
import type { MeterOptions, TextOf, Told } from './options.ts'
import { MeterError, type Reports } from './reports.ts'

const FIELDS: readonly TextField[] = ['organizationId', 'clientId', 'clientName', 'userId', 'platform']
/** For so long a promise is waited for; then the call is counted without what it would say. */
const PATIENCE_MS = 10_000

/**
 * Asks the service's own functions about a request. What they throw is reported and leaves the text out.
 * @returns a promise only where one of them returned one.
 */
export function textsReader<Request>(
  options: MeterOptions<Request>,
  reports: Reports,
): (request: Request) => Texts | Promise<Texts> {
  const asked = FIELDS.flatMap((field) => {
    const textOf = options[field]
    return textOf === undefined ? [] : [[field, textOf] as const]
  })
  return (request) => {
    const texts: Texts = {}
    let waiting: Promise<void>[] | undefined
    for (const [field, textOf] of asked) {
      try {
        const told = textOf(request)
        if (isPromise(told)) {
          waiting ??= []
          waiting.push(settle(field, told, texts, reports))
        } else if (told !== undefined && told !== null) {
          texts[field] = String(told)
        }
      } catch (error) {
        reports.error(failed(field, error))
      }
    }
    return waiting === undefined ? texts : Promise.all(waiting).then(() => texts)
  }
}

function isPromise<Request>(told: ReturnType<TextOf<Request>>): told is PromiseLike<Told> {
  return typeof told === 'object' && told !== null
}

async function settle(field: TextField, told: PromiseLike<Told>, texts: Texts, reports: Reports): Promise<void> {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error(`no answer after ${PATIENCE_MS} ms`)), PATIENCE_MS).unref()
  try {
    const text = await Promise.race([told, late])
    if (text !== undefined && text !== null) texts[field] = String(text)
  } catch (error) {
    reports.error(failed(field, error))
  } finally {
    clearTimeout(timer)
  }
}

function failed(field: TextField, cause: unknown): MeterError {
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new MeterError('callback', `${field} could not be read from a request: ${reason}`, { cause })
}

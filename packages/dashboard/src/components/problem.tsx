import { correlationIdOf, messageOf } from '../api.ts'

/** What went wrong, with the name under which the server's log has it. */
export function Problem({ error, onRetry }: { error: unknown; onRetry?: (() => void) | undefined }) {
  if (error === undefined) return null
  const correlationId = correlationIdOf(error)
  return (
    <div class="problem" role="alert">
      <p>{messageOf(error)}</p>
      {correlationId !== undefined && (
        <p class="fine">
          Correlation id <code>{correlationId}</code>
        </p>
      )}
      {onRetry !== undefined && (
        <button type="button" class="plain" onClick={onRetry}>
          Try again
        </button>
      )}
    </div>
  )
}

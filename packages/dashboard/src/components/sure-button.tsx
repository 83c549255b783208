import { useState } from 'preact/hooks'

interface SureButtonProps {
  /** Names what it does to what, for whoever does not see the row. */
  readonly label: string
  readonly text: string
  readonly question: string
  readonly onSure: () => Promise<unknown>
}

/** For what cannot be taken back: the first click asks, the second does it. */
export function SureButton({ label, text, question, onSure }: SureButtonProps) {
  const [isAsking, setAsking] = useState(false)
  if (!isAsking) {
    return (
      <button type="button" class="plain" aria-label={label} onClick={() => setAsking(true)}>
        {text}
      </button>
    )
  }
  const sure = () => void onSure().finally(() => setAsking(false))
  return (
    <span class="sure">
      {question}
      <button type="button" class="danger" aria-label={`${label}: yes`} onClick={sure}>
        {text}
      </button>
      <button type="button" class="plain" onClick={() => setAsking(false)}>
        No
      </button>
    </span>
  )
}

import { useState } from 'preact/hooks'

/** A text to take along, with a button that copies it. */
export function Copyable({ label, text, isBlock = false }: { label: string; text: string; isBlock?: boolean }) {
  const [isCopied, setCopied] = useState(false)
  const copy = async () => {
    await navigator.clipboard.writeText(text)
    setCopied(true)
  }
  return (
    <div class={isBlock ? 'copyable block' : 'copyable'}>
      {isBlock ? (
        <textarea readOnly rows={text.split('\n').length} wrap="off" aria-label={label} value={text} />
      ) : (
        <code>{text}</code>
      )}
      <button type="button" class="plain" aria-label={`Copy ${label}`} onClick={() => void copy()}>
        {isCopied ? 'Copied' : 'Copy'}
      </button>
    </div>
  )
}

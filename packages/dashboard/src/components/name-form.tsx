/** Asks for the name of something that is made with it. */
export function NameForm(props: { label: string; action: string; onName: (name: string) => Promise<unknown> }) {
  const { label, action, onName } = props
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    const form = event.currentTarget
    if (!(form instanceof HTMLFormElement)) return
    void onName(String(new FormData(form).get('name'))).then(() => form.reset())
  }
  return (
    <form class="toolbar" onSubmit={submit}>
      <input name="name" aria-label={label} placeholder={label} required maxLength={100} />
      <button type="submit">{action}</button>
    </form>
  )
}

/** The agent's form: Ctrl+Enter sends from anywhere in it; Enter goes on to the next field. */
const form = document.querySelector('[data-yk-takein]')

form?.addEventListener('keydown', (event) => {
  if (event.key !== 'Enter' || event.isComposing) return
  if (event.ctrlKey || event.metaKey) {
    event.preventDefault()
    form.requestSubmit(form.querySelector('button:not([formaction])'))
  } else if (event.target.matches('input:not([type=checkbox])')) {
    event.preventDefault()
    const fields = [...form.querySelectorAll('input:not([type=hidden]), textarea, button')].filter((field) => field.offsetParent && (field.type !== 'radio' || field.checked))
    fields[fields.indexOf(event.target) + 1]?.focus()
  }
})

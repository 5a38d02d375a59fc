/**
 * The answer bot on every public page: the link opens the conversation in a dialog instead of going
 * to its page. Without this script, or when the panel cannot be fetched, the link is a link.
 */
const hx = () => window.htmx

/** Empties the field after an answer came and shows the answer, not what follows it. */
function manners (scope) {
  const form = scope.querySelector('[data-yk-chat-form]')
  if (!form) return
  form.addEventListener('htmx:afterRequest', ({ detail }) => {
    if (detail.elt !== form || !detail.successful) return
    if (scope.querySelector('#bot-q-error')) return
    form.reset()
    form.elements.q.value = ''
    const turns = scope.querySelectorAll('[data-turn]')
    turns[turns.length - 1]?.scrollIntoView({ block: 'nearest' })
  })
}

function dialogFor (link) {
  const dialog = document.createElement('dialog')
  dialog.className = 'yk-ask'
  dialog.setAttribute('aria-label', link.dataset.ykAskTitle)
  const head = document.createElement('div')
  head.className = 'yk-ask__head'
  const title = document.createElement('p')
  title.className = 'yk-ask__title'
  title.textContent = link.dataset.ykAskTitle
  const close = document.createElement('button')
  close.type = 'button'
  close.className = 'yk-ask__close'
  close.setAttribute('aria-label', link.dataset.ykAskClose)
  close.textContent = '✕'
  close.addEventListener('click', () => dialog.close())
  head.append(title, close)
  const body = document.createElement('div')
  body.className = 'yk-ask__body'
  dialog.append(head, body)
  document.body.append(dialog)
  return { dialog, body }
}

async function open (link, made) {
  const answer = await fetch(link.dataset.ykAsk, { headers: { 'HX-Request': 'true' } })
  if (!answer.ok) throw new Error(`panel ${answer.status}`)
  made.body.innerHTML = await answer.text()
  hx()?.process(made.body)
  manners(made.body)
  made.dialog.showModal()
  const turns = made.body.querySelectorAll('[data-turn]')
  turns[turns.length - 1]?.scrollIntoView({ block: 'nearest' })
  made.body.querySelector('#bot-q')?.focus()
}

export function ask () {
  for (const chat of document.querySelectorAll('[data-yk-chat]')) manners(chat)
  const link = document.querySelector('[data-yk-ask]')
  if (!link || !('HTMLDialogElement' in window)) return
  let made
  link.addEventListener('click', (event) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey) return
    event.preventDefault()
    made ??= dialogFor(link)
    open(link, made).catch(() => { window.location.href = link.href })
  })
}

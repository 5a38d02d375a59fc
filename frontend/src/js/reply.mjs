/** The draft of a reply: saved by itself at rest, texts put in at the cursor, a sign of life. */
const REST_MS = 2_500
const HERE_MS = 20_000

const box = document.querySelector('[data-yk-reply]')
const form = box?.querySelector('#reply-form')
const text = form?.querySelector('[data-yk-text]')
const isLooking = () => document.visibilityState === 'visible'

function insert (more) {
  const gap = text.selectionStart > 0 && !/\n$/.test(text.value.slice(0, text.selectionStart)) && more.includes('\n') ? '\n' : ''
  text.setRangeText(gap + more, text.selectionStart, text.selectionEnd, 'end')
  text.focus()
  text.dispatchEvent(new Event('input', { bubbles: true }))
}

function saveAtRest () {
  let timer
  form.addEventListener('input', (event) => {
    if (event.target.closest('.yk-reply__insert')) return
    clearTimeout(timer)
    timer = setTimeout(() => form.dispatchEvent(new Event('yk:rest')), REST_MS)
  })
  form.addEventListener('submit', () => clearTimeout(timer))
}

/** An empty draft is filled by the server, subject line and all. */
function insertAtCursor () {
  const texts = JSON.parse(document.getElementById('reply-texts').textContent)
  form.addEventListener('click', (event) => {
    const kind = event.target.closest('[data-yk-insert]')?.dataset.ykInsert
    const more = kind && texts[`${kind}-${form.elements[kind].value}`]
    if (!more || (kind === 'template' && !text.value.trim())) return
    event.preventDefault()
    insert(more)
  })
}

/** Whoever was signed out meanwhile, or whose draft went on, is answered by another page. */
function stayHere () {
  box.addEventListener('htmx:beforeSwap', ({ detail }) => {
    if (detail.xhr.responseURL.includes(new URL(form.action).pathname) && !detail.xhr.responseURL.includes('?next=')) return
    detail.shouldSwap = false
    box.querySelector('#reply-saved').textContent = form.dataset.ykElsewhere
  })
}

function signsOfLife () {
  const workers = box.querySelector('#reply-workers')
  const here = () => { if (isLooking()) workers.dispatchEvent(new Event('yk:here')) }
  setInterval(here, HERE_MS)
  document.addEventListener('visibilitychange', here)
}

if (form) {
  saveAtRest()
  insertAtCursor()
  stayHere()
  signsOfLife()
}

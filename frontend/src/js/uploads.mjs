/**
 * Sends every chosen file at once, piece by piece, and goes on where a lost connection stopped (tus).
 * Without this, or when it cannot be loaded, the form sends the files itself.
 */
import { shrunk } from './shrink.mjs'

const PIECE = 1024 * 1024
const PAUSES_MS = [0, 1000, 3000, 5000, 10000]
const MEMORY = 'yk-upload:'

/** What was begun, until the tab is closed: the same file chosen again goes on. */
const begun = {
  async findAllUploads () { return [] },
  async findUploadsByFingerprint (print) {
    const kept = sessionStorage.getItem(MEMORY + print)
    return kept ? [{ ...JSON.parse(kept), urlStorageKey: MEMORY + print }] : []
  },
  async addUpload (print, upload) {
    sessionStorage.setItem(MEMORY + print, JSON.stringify(upload))
    return MEMORY + print
  },
  async removeUpload (key) { sessionStorage.removeItem(key) }
}

async function library () {
  if (!window.tus) await import('./vendor/tus.mjs')
  return window.tus
}

/** The refusal in the server's words; nothing when the connection broke. */
function refusal (error) {
  const answer = error.originalResponse
  if (!answer?.getStatus()) return null
  try {
    return JSON.parse(answer.getBody()).title ?? ''
  } catch {
    return ''
  }
}

function uploadsOf (root) {
  const form = root.closest('form')
  const input = form.querySelector('input[type=file]')
  const list = root.querySelector('.yk-uploads__list')
  const waiting = root.querySelector('[data-yk-uploads-waiting]')
  const running = new Set()
  let pressed = null

  function settle () {
    waiting.hidden = !(pressed && running.size)
    if (!pressed || running.size) return
    const button = pressed
    pressed = null
    form.requestSubmit(button.form === form ? button : null)
  }

  function remove (item) {
    item.remove()
    running.delete(item)
    settle()
    input.focus()
  }

  function show (item, state, why = '') {
    for (const part of item.querySelectorAll('[data-when]')) part.hidden = !part.dataset.when.split(' ').includes(state)
    item.querySelector('[data-why]').textContent = why
    item.querySelector('progress').hidden = ['done', 'failed'].includes(state)
    item.dataset.state = state
    if (['done', 'failed'].includes(state)) running.delete(item)
    else running.add(item)
    if (state === 'failed') pressed = null
    settle()
  }

  function arrived (item, address) {
    const token = document.createElement('input')
    Object.assign(token, { type: 'hidden', name: 'uploads', value: address.split('/').filter(Boolean).pop() })
    item.append(token)
    show(item, 'done')
  }

  async function send (tus, chosen) {
    const item = root.querySelector('template').content.firstElementChild.cloneNode(true)
    item.querySelector('.yk-upload__name').textContent = chosen.name
    list.append(item)
    show(item, 'sending')
    const file = await shrunk(chosen)
    if (!item.isConnected) return
    const upload = new tus.Upload(file, {
      endpoint: root.dataset.url,
      chunkSize: PIECE,
      retryDelays: PAUSES_MS,
      urlStorage: begun,
      removeFingerprintOnSuccess: true,
      metadata: { filename: file.name, for: root.dataset.for },
      headers: { 'X-CSRFToken': form.elements.csrfmiddlewaretoken.value, Accept: 'application/json' },
      onProgress: (sent, all) => { item.querySelector('progress').value = sent / all },
      onSuccess: () => arrived(item, upload.url),
      onError: (error) => {
        const why = refusal(error)
        show(item, why === null ? 'broken' : 'failed', why ?? '')
      }
    })
    const go = () => { show(item, 'sending'); upload.start() }
    const acts = {
      pause: () => { upload.abort(); show(item, 'paused') },
      resume: go,
      remove: () => { upload.abort(Boolean(upload.url)).catch(() => {}); remove(item) }
    }
    item.addEventListener('click', (event) => acts[event.target.closest('[data-do]')?.dataset.do]?.())
    const during = (state) => item.isConnected && item.dataset.state === state
    addEventListener('offline', () => { if (during('sending')) { upload.abort(); show(item, 'broken') } })
    addEventListener('online', () => { if (during('broken')) go() })
    const [earlier] = await upload.findPreviousUploads()
    if (earlier) upload.resumeFromPreviousUpload(earlier)
    if (during('sending')) upload.start()
  }

  list.addEventListener('click', (event) => {
    if (event.target.matches('[data-do=remove]')) remove(event.target.closest('li'))
  })
  async function take () {
    const files = [...input.files]
    const tus = await library().catch(() => null)
    if (!tus?.isSupported) return
    input.value = ''
    for (const file of files) send(tus, file)
  }

  input.addEventListener('change', take)
  if (input.files.length) take() // chosen before this script was there
  form.addEventListener('submit', (event) => {
    if (!running.size || event.submitter?.formNoValidate) return
    event.preventDefault()
    pressed = event.submitter ?? form
    settle()
  })
}

for (const root of document.querySelectorAll('[data-yk-uploads]')) uploadsOf(root)

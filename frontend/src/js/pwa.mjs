/** The public site as an app: its worker, what waits to be sent, the hint that one can install it. */
import { counts, listen, sendWaiting } from './outbox.mjs'

const isApp = matchMedia('(display-mode: standalone)').matches || navigator.standalone === true

/** The worker keeps its two pages in the reader's language, anew once a day. */
async function startWorker () {
  await navigator.serviceWorker.register('/service-worker.js')
  const { active } = await navigator.serviceWorker.ready
  const language = document.documentElement.lang
  const stamp = `${language} ${new Date().toDateString()}`
  if (localStorage.getItem('yk-kept-pages') === stamp) return
  active.postMessage({ keep: language })
  localStorage.setItem('yk-kept-pages', stamp)
}

/** One line on every page while something waits, or was sent unseen; it goes as soon as that can be. */
async function outbox () {
  const lines = [...document.querySelectorAll('[data-yk-outbox]')]
  const show = async () => {
    const { due, unseen } = await counts()
    const which = due ? 'waits' : unseen ? 'sent' : ''
    for (const line of lines) line.hidden = line.dataset.ykOutbox !== which
  }
  listen(show)
  addEventListener('online', () => sendWaiting())
  await show()
  if (navigator.onLine && (await counts()).due) await sendWaiting()
}

/** A form posted without a network would be lost with its page: it stays, and one is told. */
function holdForms () {
  const line = document.querySelector('[data-yk-no-network]')
  if (!line) return
  addEventListener('online', () => { line.hidden = true })
  document.addEventListener('submit', (event) => {
    if (navigator.onLine || event.target.method !== 'post') return
    event.preventDefault()
    line.hidden = false
  }, { capture: true })
}

/** Counted once a phone: by the browser's own event, or where it has none by the first opening. */
function countInstall () {
  if (localStorage.getItem('yk-installed')) return
  const isApple = /iPhone|iPad/.test(navigator.userAgent) || (navigator.platform === 'MacIntel' && navigator.maxTouchPoints > 1)
  const kind = isApple ? 'ios' : /Android/.test(navigator.userAgent) ? 'android' : 'computer'
  fetch('/api/mobile/installs', {
    method: 'POST', keepalive: true, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ kind })
  }).then(({ ok }) => { if (ok) localStorage.setItem('yk-installed', '1') }).catch(() => {})
}

function installing () {
  addEventListener('appinstalled', countInstall)
  if (isApp) countInstall()
  const hint = document.querySelector('[data-yk-install]')
  if (!hint || isApp || localStorage.getItem('yk-no-install')) return
  const later = hint.querySelector('[data-yk-install-later]')
  later?.addEventListener('click', () => {
    hint.hidden = true
    localStorage.setItem('yk-no-install', '1')
  })
  addEventListener('beforeinstallprompt', (event) => {
    event.preventDefault()
    hint.hidden = false
    hint.querySelector('[data-yk-install-now]').onclick = async () => {
      event.prompt()
      await event.userChoice
      hint.hidden = true
    }
  })
}

for (const field of document.querySelectorAll('[data-yk-channel]')) if (isApp) field.value = 'app'
installing()
holdForms()
if ('serviceWorker' in navigator && isSecureContext) startWorker().catch(() => {})
if ('indexedDB' in window && 'BroadcastChannel' in window) outbox().catch(() => {})

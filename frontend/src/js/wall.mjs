/**
 * Wall mode: a clock, a mark on numbers that are no longer true, and nothing at all once signed out.
 * htmx asks for the page every minute.
 */
const STALE_MS = 3 * 60_000

const wall = () => document.querySelector('[data-yk-wall]')
let freshAt = Date.now()

function tick () {
  const clock = document.querySelector('[data-yk-wall-clock]')
  if (clock) clock.textContent = new Date().toLocaleTimeString('zh-TW', { hour12: false, timeZone: 'Asia/Taipei', hour: '2-digit', minute: '2-digit', second: '2-digit' })
  const isStale = Date.now() - freshAt > STALE_MS
  const page = wall()
  page.toggleAttribute('data-stale', isStale)
  page.querySelector('[data-yk-wall-stale]').hidden = !isStale || page.hasAttribute('data-out')
}

/** Whoever is signed out is led to the page for signing in: that is not the wall. */
function signedOut () {
  const page = wall()
  page.setAttribute('data-out', '')
  page.removeAttribute('hx-get')
  page.querySelector('.yk-wall__body')?.remove()
  page.querySelector('.yk-wall__at')?.remove()
  page.querySelector('[data-yk-wall-stale]').hidden = true
  page.querySelector('[data-yk-wall-out]').hidden = false
  window.htmx.process(page)
}

document.body.addEventListener('htmx:beforeSwap', (event) => {
  const { xhr } = event.detail
  const isWall = xhr.status === 200 && new URL(xhr.responseURL).pathname === wall().dataset.page
  if (isWall) {
    freshAt = Date.now()
    return
  }
  event.detail.shouldSwap = false
  if (xhr.status === 200 || xhr.status === 401 || xhr.status === 403) signedOut()
})
setInterval(tick, 1000)
tick()

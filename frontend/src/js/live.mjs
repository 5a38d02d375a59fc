/**
 * Counters that refresh themselves: once a minute, and only while somebody looks, `yk:tick` is fired
 * on the body; what has `hx-trigger="yk:tick from:body"` asks again. Its last ETag goes along, so an
 * unchanged answer is empty (304) and nothing is drawn.
 */
const EVERY_MS = 60_000

const isLooking = () => document.visibilityState === 'visible'

export function live () {
  const etags = new Map()
  let last = performance.now()
  const tick = () => {
    last = performance.now()
    document.body.dispatchEvent(new Event('yk:tick'))
  }
  setInterval(() => { if (isLooking()) tick() }, EVERY_MS)
  document.addEventListener('visibilitychange', () => {
    if (isLooking() && performance.now() - last > EVERY_MS) tick()
  })
  document.body.addEventListener('htmx:configRequest', ({ detail }) => {
    const etag = etags.get(detail.elt.id)
    if (etag) detail.headers['If-None-Match'] = etag
  })
  document.body.addEventListener('htmx:beforeSwap', ({ detail }) => {
    if (detail.xhr.status === 304) detail.shouldSwap = false
    const etag = detail.xhr.getResponseHeader('ETag')
    if (etag && detail.elt.id) etags.set(detail.elt.id, etag)
  })
}

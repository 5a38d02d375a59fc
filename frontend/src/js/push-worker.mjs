/** What the service worker does about pushes: shows one, opens its page, tells of a renewed address. */
const RENEW = '/my/notices/renew/'

/** Only addresses of this site are opened, whatever was sent. */
const inside = (path) => {
  const url = new URL(typeof path === 'string' ? path : '/', self.location.origin)
  return url.origin === self.location.origin ? url.href : self.location.origin
}

const read = (event) => {
  try {
    return event.data?.json() ?? {}
  } catch {
    return {}
  }
}

// Browsers take a subscription away that shows nothing, so something is always shown.
self.addEventListener('push', (event) => {
  const { title = '', body = '', url = '/', tag = '' } = read(event)
  event.waitUntil(self.registration.showNotification(title || self.location.hostname, {
    body, tag, data: { url: inside(url) }, icon: '/assets/app/icon-192.png'
  }))
})

self.addEventListener('notificationclick', (event) => {
  event.notification.close()
  const { url } = event.notification.data ?? {}
  event.waitUntil((async () => {
    const open = await self.clients.matchAll({ type: 'window', includeUncontrolled: true })
    const same = open.find((client) => client.url === url)
    return same ? same.focus() : self.clients.openWindow(inside(url))
  })())
})

/** The browser took itself a new address: the house sends there from now on. The cookie says who we are. */
async function renew ({ oldSubscription, newSubscription }) {
  const answer = await fetch(RENEW, { cache: 'no-store' })
  if (answer.status !== 200) return // nobody we know: nothing was sent here
  const { token, key } = await answer.json()
  const { pushManager } = self.registration
  const renewed = newSubscription ?? await pushManager.getSubscription() ??
    await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key })
  const { endpoint, keys } = renewed.toJSON()
  const body = new URLSearchParams({ old: oldSubscription?.endpoint ?? '', endpoint, ...keys })
  await fetch(RENEW, { method: 'POST', headers: { 'X-CSRFToken': token }, body })
}

self.addEventListener('pushsubscriptionchange', (event) => event.waitUntil(renew(event)))

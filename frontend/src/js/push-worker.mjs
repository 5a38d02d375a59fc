/** What the service worker does with pushed messages: listeners for `push` and `notificationclick`. */

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

/**
 * Works while there is no network, for anybody: the page that takes a report and what it needs to look
 * right. Nothing made for one person is ever kept: pages are fetched without cookies, and only the two of
 * PAGES. Everything else comes from the network, each time. VERSION and SHELL are of the build.
 */
import { sendWaiting } from './outbox.mjs'

import './push-worker.mjs'

const CACHE = `yankao-${VERSION}`
const OFFLINE = '/offline/'
const REPORT = '/report/offline/'
const PAGES = [OFFLINE, REPORT]
/** Where a missing network gets our page; staff see their browser's own. */
const CITIZENS = /^\/($|report\/|petition\/|status\/|map\/|faq\/|ask\/|find\/|my\/|app\/|offline\/|accessibility\/|privacy\/$)/

/** Pages as anybody sees them, in this language. */
async function keepPages (language) {
  const cache = await caches.open(CACHE)
  const headers = language ? { 'Accept-Language': language } : {}
  await Promise.all(PAGES.map(async (page) => {
    const answer = await fetch(page, { credentials: 'omit', cache: 'no-store', headers })
    if (!answer.ok || answer.redirected) throw new Error(`${page} ${answer.status}`)
    await cache.put(page, answer)
  }))
}

async function keepShell () {
  const cache = await caches.open(CACHE)
  await cache.addAll(SHELL.map((file) => new Request(file, { cache: 'no-cache', credentials: 'omit' })))
}

async function dropEarlier () {
  const names = await caches.keys()
  const earlier = names.filter((name) => name.startsWith('yankao-') && name !== CACHE)
  await Promise.all(earlier.map((name) => caches.delete(name)))
}

const kept = async (address) =>
  await (await caches.open(CACHE)).match(address, { ignoreVary: true }) ?? Response.error()

async function withoutNetwork (path) {
  if (PAGES.includes(path)) return kept(path)
  return path.startsWith('/report/') ? Response.redirect(REPORT) : kept(OFFLINE)
}

// A new worker takes over at once: it serves nothing an open page could miss, for the network comes
// first, and what was typed lies in the page and in IndexedDB.
self.addEventListener('install', (event) => {
  event.waitUntil(Promise.all([keepShell(), keepPages('')]).then(() => self.skipWaiting()))
})
self.addEventListener('activate', (event) => {
  event.waitUntil(dropEarlier().then(() => self.clients.claim()))
})
self.addEventListener('message', (event) => {
  if (event.data?.keep) event.waitUntil(keepPages(event.data.keep).catch(() => {}))
})
self.addEventListener('fetch', (event) => {
  const { request } = event
  const { origin, pathname } = new URL(request.url)
  if (origin !== self.location.origin || request.method !== 'GET') return
  if (SHELL.includes(pathname)) event.respondWith(fetch(request).catch(() => kept(pathname)))
  else if (request.mode === 'navigate' && CITIZENS.test(pathname)) {
    event.respondWith(fetch(request).catch(() => withoutNetwork(pathname)))
  }
})
self.addEventListener('sync', (event) => {
  if (event.tag === 'outbox') event.waitUntil(sendWaiting({ mustFinish: true }))
})

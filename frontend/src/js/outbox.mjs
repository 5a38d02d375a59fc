/**
 * Reports written without a network, kept on this phone until the city has them. Used by pages and by the
 * service worker; whoever sends holds a lock, and each report has a key under which it is taken in once.
 *
 * A report is `waiting`; `asked` once it was sent and no answer came, so that it may have arrived;
 * `refused` with the reasons; or `sent`, and then only its number and check code are kept.
 */
import { solved } from './proof.mjs'

const SHEET = '/report/offline/sheet/'
const SEND = '/report/offline/send/'
const FIELDS = ['item', 'lat', 'lng', 'district', 'words', 'description', 'phone', 'email', 'name']
const REFUSED = [400, 404, 409, 413, 422]

const others = new BroadcastChannel('yankao-outbox')
const here = new Set()

/** Calls back with `changed`, `sending` or `rests`, whichever page or worker it is that works. */
export function listen (listener) {
  here.add(listener)
  others.addEventListener('message', ({ data }) => listener(data))
}

function tell (what) {
  others.postMessage(what)
  for (const listener of here) listener(what)
}

const asked = (request) => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result)
  request.onerror = () => reject(request.error)
})

async function store (mode, work) {
  const opening = indexedDB.open('yankao', 1)
  opening.onupgradeneeded = () => opening.result.createObjectStore('reports', { keyPath: 'key' })
  const database = await asked(opening)
  try {
    return await asked(work(database.transaction('reports', mode).objectStore('reports')))
  } finally {
    database.close()
  }
}

/** All that is kept here, the latest first. */
export async function reports () {
  const found = await store('readonly', (kept) => kept.getAll())
  return found.sort((a, b) => b.savedAt - a.savedAt)
}

export async function save (report) {
  await store('readwrite', (kept) => kept.put(report))
  tell('changed')
}

export async function remove (key) {
  await store('readwrite', (kept) => kept.delete(key))
  tell('changed')
}

const isDue = (report) => report.state === 'waiting' || report.state === 'asked'

/** How many are still to be sent, and how many were sent that nobody has looked at since. */
export async function counts () {
  const kept = await reports()
  return { due: kept.filter(isDue).length, unseen: kept.filter(({ state, isSeen }) => state === 'sent' && !isSeen).length }
}

async function sheet () {
  const answer = await fetch(SHEET, { headers: { Accept: 'application/json' }, cache: 'no-store' })
  if (!answer.ok) throw new Error(`sheet ${answer.status}`)
  return answer.json()
}

function bodyOf (report, paper, puzzle) {
  const body = new FormData()
  for (const name of FIELDS) if (report[name] != null) body.append(name, report[name])
  body.append('intake_key', report.key)
  body.append('opened', paper.stamp)
  body.append('puzzle', puzzle)
  for (const photo of report.photos) body.append('photos', photo, photo.name)
  return body
}

/** The server's reasons in words. A full door or an old puzzle says nothing about the report. */
async function refusal (answer) {
  const told = await answer.json().catch(() => ({}))
  const errors = told.errors ?? [{ message: told.title ?? '' }]
  return { errors, isOfReport: REFUSED.includes(answer.status) && !told.code?.startsWith('doors.') }
}

async function send (report) {
  const paper = await sheet()
  const body = bodyOf(report, paper, await solved(paper.puzzle))
  await save({ ...report, state: 'asked' })
  const headers = { Accept: 'application/json', 'X-CSRFToken': paper.token }
  const answer = await fetch(SEND, { method: 'POST', body, headers })
  if (answer.status === 201) {
    const { key, savedAt, itemName, placeName } = report
    await save({ key, savedAt, itemName, placeName, state: 'sent', ...await answer.json() })
    return
  }
  if (answer.status < 500) {
    const { errors, isOfReport } = await refusal(answer)
    await save({ ...report, state: isOfReport ? 'refused' : report.state, errors })
    if (isOfReport) return
  }
  throw new Error(`send ${answer.status}`)
}

const alone = (work) => navigator.locks ? navigator.locks.request('yankao-outbox', work) : work()

/** Send what waits, the earliest first; with `mustFinish` a failure is the caller's to hear of. */
export async function sendWaiting ({ mustFinish = false } = {}) {
  try {
    await alone(async () => {
      for (const report of (await reports()).filter(isDue).reverse()) {
        tell('sending')
        await send(report)
      }
    })
  } catch (error) {
    if (mustFinish) throw error
  } finally {
    tell('rests')
  }
}

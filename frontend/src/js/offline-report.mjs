/** The page that takes a report without a network, and shows what this phone keeps of reports. */
import { listen, remove, reports, save, sendWaiting } from './outbox.mjs'
import { preview } from './photos.mjs'

const MOST_PHOTOS = 6
const PHONE = /^$|^(\+886[ -]?|0)[1-9][0-9 ()#-]{6,20}$/
const form = document.querySelector('[data-yk-offline]')
const box = document.getElementById('outbox')
const NAMES = ['item', 'lat', 'lng', 'district', 'words', 'photos', 'description', 'phone', 'email', 'name']
const fields = Object.fromEntries(NAMES.map((name) => [name, form.elements.namedItem(name)])) // .item is a method
const part = (name, scope = document) => scope.querySelector(`[data-${name}]`)
const filled = (sentence, places) => Object.entries(places).reduce((text, [name, value]) => text.replaceAll(`{${name}}`, value), sentence)
let changing = null
let isSending = false

const say = (sentence) => { part('said', box).textContent = sentence }

// --- what this phone keeps ---

function facts (report) {
  const when = new Date(report.savedAt).toLocaleString(document.documentElement.lang, { dateStyle: 'short', timeStyle: 'short', hour12: false })
  const photos = report.photos?.length ? filled(box.dataset.photos, { n: report.photos.length }) : ''
  return [filled(box.dataset.when, { at: when }), report.placeName, photos].filter(Boolean).join(' · ')
}

function showNumber (item, report) {
  part('number', item).hidden = false
  part('case-number', item).textContent = report.number
  part('case-code', item).textContent = report.code
  part('due-words', item).hidden = false
  part('due-words', item).textContent = filled(box.dataset.due, { due: report.due })
  Object.assign(part('progress', item), { hidden: false, href: report.address })
  part('look', item).hidden = true
}

function lineOf (report) {
  const item = part('one', box).content.firstElementChild.cloneNode(true)
  const isSent = report.state === 'sent'
  item.dataset.state = report.state
  part('state-words', item).textContent = box.dataset[report.state === 'asked' && isSending ? 'sending' : report.state]
  part('title', item).textContent = report.itemName
  part('facts', item).textContent = facts(report)
  if (isSent) {
    showNumber(item, report)
  } else {
    part('words', item).textContent = report.description
    part('pictures', item).replaceChildren(...report.photos.map(preview))
    part('errors', item).replaceChildren(...(report.errors ?? []).map(({ message }) => Object.assign(document.createElement('li'), { textContent: message })))
    part('errors', item).hidden = !report.errors?.length
  }
  part('change', item).hidden = !['waiting', 'refused'].includes(report.state)
  part('change', item).addEventListener('click', () => change(report))
  part('remove', item).addEventListener('click', () => {
    if (confirm(isSent ? box.dataset.sureSent : box.dataset.sure)) remove(report.key)
  })
  return item
}

async function show () {
  const kept = await reports()
  box.hidden = kept.length === 0
  part('list', box).replaceChildren(...kept.map(lineOf))
  part('send', box).hidden = !kept.some(({ state }) => state === 'waiting' || state === 'asked')
  for (const report of kept) if (report.state === 'sent' && !report.isSeen) save({ ...report, isSeen: true })
}

function heard (what) {
  if (what !== 'changed') {
    isSending = what === 'sending'
    say(isSending ? box.dataset.sending : '')
  }
  show()
}

// --- the form ---

function mistakes () {
  const { dataset } = form
  const hasPlace = fields.lat.value || (fields.district.value && fields.words.value.trim())
  return [
    [!fields.item.value, 'item', dataset.noItem],
    [!hasPlace, 'district', dataset.noPlace],
    [fields.photos.files.length > MOST_PHOTOS, 'photos', dataset.tooMany],
    [!PHONE.test(fields.phone.value.trim()), 'phone', dataset.badPhone],
    [!fields.email.validity.valid, 'email', dataset.badEmail]
  ].filter(([is]) => is)
}

function showMistakes (found) {
  const summary = part('summary')
  summary.hidden = found.length === 0
  summary.querySelector('ul').replaceChildren(...found.map(([, name, sentence]) => {
    const item = document.createElement('li')
    const link = Object.assign(document.createElement('a'), { href: `#${fields[name].id}`, textContent: sentence })
    link.addEventListener('click', () => {
      const folded = fields[name].closest('details')
      if (folded) folded.open = true
    })
    item.append(link)
    return item
  }))
  for (const name of ['item', 'district', 'photos', 'phone', 'email']) {
    fields[name].toggleAttribute('aria-invalid', found.some(([, wrong]) => wrong === name))
  }
  if (found.length) summary.focus()
}

const named = (select) => select.value ? select.selectedOptions[0].text : ''

function written () {
  const place = [named(fields.district), fields.words.value.trim(), fields.lat.value ? box.dataset.point : '']
  return {
    key: changing?.key ?? crypto.randomUUID(),
    savedAt: changing?.savedAt ?? Date.now(),
    state: 'waiting',
    item: fields.item.value,
    itemName: named(fields.item),
    lat: fields.lat.value || null,
    lng: fields.lng.value || null,
    district: fields.district.value,
    words: fields.words.value.trim(),
    placeName: place.filter(Boolean).join(' '),
    description: fields.description.value.trim(),
    phone: fields.phone.value.trim(),
    email: fields.email.value.trim(),
    name: fields.name.value.trim(),
    photos: [...fields.photos.files]
  }
}

function empty () {
  changing = null
  form.reset()
  forget()
  part('cancel', form).hidden = true
}

function change (report) {
  empty()
  changing = report
  for (const name of ['item', 'district', 'words', 'description', 'phone', 'email', 'name']) fields[name].value = report[name]
  if (report.lat) placed(report.lat, report.lng, box.dataset.point)
  const photos = new DataTransfer()
  for (const photo of report.photos) photos.items.add(photo)
  fields.photos.files = photos.files
  fields.photos.dispatchEvent(new Event('change'))
  part('cancel', form).hidden = false
  fields.item.focus()
}

form.addEventListener('submit', async (event) => {
  event.preventDefault()
  const found = mistakes()
  showMistakes(found)
  if (found.length) return
  try {
    await save(written())
  } catch {
    showMistakes([[true, 'photos', form.dataset.noRoom]])
    return
  }
  empty()
  await show()
  const title = box.querySelector('h2')
  title.tabIndex = -1
  title.focus()
  navigator.serviceWorker?.ready.then(({ sync }) => sync?.register('outbox')).catch(() => {})
  if (navigator.onLine) await sendWaiting()
  else say(form.dataset.kept)
})
part('cancel', form).addEventListener('click', empty)
part('send', box).addEventListener('click', () => sendWaiting())

// --- where ---

function placed (lat, lng, sentence) {
  fields.lat.value = lat
  fields.lng.value = lng
  part('here-said', form).textContent = sentence
  part('not-here', form).hidden = false
}

function forget () {
  fields.lat.value = fields.lng.value = ''
  part('here-said', form).textContent = ''
  part('not-here', form).hidden = true
}

part('here', form).hidden = !navigator.geolocation
part('here', form).addEventListener('click', () => {
  const said = part('here-said', form)
  said.textContent = said.dataset.looking
  navigator.geolocation.getCurrentPosition(
    ({ coords }) => placed(coords.latitude.toFixed(6), coords.longitude.toFixed(6), filled(said.dataset.found, { metres: Math.round(coords.accuracy) })),
    () => { said.textContent = said.dataset.none },
    { enableHighAccuracy: true, timeout: 30000, maximumAge: 60000 }
  )
})
part('not-here', form).addEventListener('click', forget)

form.hidden = false
listen(heard)
show()

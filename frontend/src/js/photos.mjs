/** Makes chosen photos small and shows them before they are sent: any file input that takes images. */
import { shrunk } from './shrink.mjs'

const MEGABYTE = 1024 * 1024

export function preview (file) {
  const item = document.createElement('li')
  const picture = document.createElement('img')
  const address = URL.createObjectURL(file)
  picture.src = address
  picture.alt = ''
  picture.addEventListener('load', () => URL.revokeObjectURL(address), { once: true })
  picture.addEventListener('error', () => picture.remove(), { once: true })
  item.append(picture, `${file.name}（${(file.size / MEGABYTE).toFixed(1)} MB）`)
  return item
}

function replace (input, files) {
  const transfer = new DataTransfer()
  for (const file of files) transfer.items.add(file)
  input.files = transfer.files
}

/** Whoever sends meanwhile waits: the form goes off once the photos are small. */
function photosOf (input) {
  const list = document.createElement('ul')
  list.className = 'yk-photo-preview'
  list.setAttribute('aria-live', 'polite')
  input.after(list)
  let round = 0
  let pressed = null
  const hold = (event) => {
    event.preventDefault()
    event.stopImmediatePropagation()
    pressed = event.submitter ?? input.form
  }
  input.addEventListener('change', async () => {
    const mine = ++round
    input.form?.addEventListener('submit', hold, { capture: true })
    const files = await Promise.all([...input.files].map(shrunk))
    if (mine !== round) return
    replace(input, files)
    list.replaceChildren(...files.map(preview))
    input.form?.removeEventListener('submit', hold, { capture: true })
    if (pressed) input.form.requestSubmit(pressed === input.form ? null : pressed)
    pressed = null
  })
  input.form?.addEventListener('reset', () => list.replaceChildren())
}

for (const input of document.querySelectorAll('input[type=file]:is([data-yk-photos], [accept^="image/"])')) photosOf(input)

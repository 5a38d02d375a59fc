/** Shows what was chosen before it is sent: any file input that takes images. */
const MEGABYTE = 1024 * 1024

function preview (file) {
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

for (const input of document.querySelectorAll('input[type=file]:is([data-yk-photos], [accept^="image/"])')) {
  const list = document.createElement('ul')
  list.className = 'yk-photo-preview'
  list.setAttribute('aria-live', 'polite')
  input.after(list)
  input.addEventListener('change', () => list.replaceChildren(...[...input.files].map(preview)))
}

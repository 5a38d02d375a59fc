/** Passes the public page of a case on: by the phone's own sheet, or copied where there is none. */
async function share (button, said) {
  const { title } = button.dataset
  const url = new URL(button.dataset.ykShare, location.origin).href
  try {
    if (navigator.share) {
      await navigator.share({ title, url })
    } else {
      await navigator.clipboard.writeText(url)
      said.textContent = button.dataset.copied
    }
  } catch (error) {
    if (error.name !== 'AbortError') said.textContent = button.dataset.failed
  }
}

const said = document.querySelector('[data-yk-shared]')
for (const button of document.querySelectorAll('[data-yk-share]')) {
  button.hidden = false
  button.addEventListener('click', () => share(button, said))
}

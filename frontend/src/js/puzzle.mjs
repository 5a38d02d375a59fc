/**
 * A proof of work solved while one reads the page and put into the form. Pressing send earlier sends once
 * solved; a form the server gave back for want of a solution (data-sends) is sent again by itself.
 */
import { solved } from './proof.mjs'

async function solve (box) {
  const form = box.closest('form')
  const field = box.querySelector('[name=puzzle]')
  const status = box.querySelector('[data-yk-puzzle-status]')
  let waiting = null
  const wait = (event) => {
    event.preventDefault()
    waiting = event.submitter
  }
  status.textContent = box.dataset.working
  form.addEventListener('submit', wait)
  try {
    field.value = await solved(box.dataset.ykPuzzle)
    status.textContent = box.dataset.done
  } catch {
    status.textContent = box.dataset.failed
    waiting = null
  }
  form.removeEventListener('submit', wait)
  if (waiting) form.requestSubmit(waiting)
  else if (field.value && 'sends' in box.dataset) form.requestSubmit()
}

document.querySelectorAll('[data-yk-puzzle]').forEach(solve)

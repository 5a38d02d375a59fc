/**
 * A proof of work (ALTCHA's PBKDF2 puzzles) solved while one reads the page: finds the counter whose
 * derived key begins as asked and puts it into the form. Pressing send earlier sends once solved; a
 * form the server gave back for want of a solution (data-sends) is sent again by itself.
 */
const AT_ONCE = 8

const bytesOf = (hex) => Uint8Array.from(hex.match(/../g), (pair) => parseInt(pair, 16))
const hexOf = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')

async function derivedKey ({ nonce, salt, cost, keyLength }, counter) {
  const password = new Uint8Array([...bytesOf(nonce), 0, 0, 0, 0])
  new DataView(password.buffer).setUint32(password.length - 4, counter)
  const key = await crypto.subtle.importKey('raw', password, 'PBKDF2', false, ['deriveBits'])
  const way = { name: 'PBKDF2', hash: 'SHA-256', salt: bytesOf(salt), iterations: cost }
  return hexOf(new Uint8Array(await crypto.subtle.deriveBits(way, key, keyLength * 8)))
}

async function solution (parameters) {
  for (let first = 0; ; first += AT_ONCE) {
    const keys = await Promise.all(Array.from({ length: AT_ONCE }, (_, i) => derivedKey(parameters, first + i)))
    const found = keys.findIndex((key) => key.startsWith(parameters.keyPrefix))
    if (found >= 0) return { counter: first + found, derivedKey: keys[found] }
  }
}

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
    const challenge = JSON.parse(box.dataset.ykPuzzle)
    field.value = btoa(JSON.stringify({ challenge, solution: await solution(challenge.parameters) }))
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

/** The answer to a proof of work (ALTCHA's PBKDF2 puzzles): the counter whose derived key begins as asked. */
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

/** A puzzle as the page brings it → what the form's field `puzzle` takes. */
export async function solved (puzzle) {
  const challenge = JSON.parse(puzzle)
  return btoa(JSON.stringify({ challenge, solution: await solution(challenge.parameters) }))
}

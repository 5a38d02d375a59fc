/**
 * Passkeys: `form[data-yk-passkey=create|get]` asks the browser before it is sent.
 * The question stands in the json_script named by data-options, or is fetched from data-options-url.
 */
const bytes = (text) => Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0))
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)))
  .replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')
const known = (list = []) => list.map((one) => ({ ...one, id: bytes(one.id) }))

async function question (form) {
  const { options, optionsUrl } = form.dataset
  if (options) return JSON.parse(document.getElementById(options).textContent).publicKey
  const response = await fetch(optionsUrl, { headers: { Accept: 'application/json' } })
  return (await response.json()).request_options.publicKey
}

async function create (asked) {
  const publicKey = {
    ...asked,
    challenge: bytes(asked.challenge),
    user: { ...asked.user, id: bytes(asked.user.id) },
    excludeCredentials: known(asked.excludeCredentials)
  }
  const made = await navigator.credentials.create({ publicKey })
  return answer(made, {
    attestationObject: text(made.response.attestationObject),
    transports: made.response.getTransports?.() ?? []
  })
}

async function get (asked) {
  const publicKey = { ...asked, challenge: bytes(asked.challenge), allowCredentials: known(asked.allowCredentials) }
  const given = await navigator.credentials.get({ publicKey })
  const { authenticatorData, signature, userHandle } = given.response
  return answer(given, {
    authenticatorData: text(authenticatorData),
    signature: text(signature),
    userHandle: userHandle && text(userHandle)
  })
}

const answer = (credential, more) => ({
  id: credential.id,
  rawId: text(credential.rawId),
  type: credential.type,
  clientExtensionResults: credential.getClientExtensionResults(),
  response: { clientDataJSON: text(credential.response.clientDataJSON), ...more }
})

function start (form) {
  const part = (name) => form.querySelector(name)
  if (!window.PublicKeyCredential) {
    part('[data-yk-passkey-unsupported]').hidden = false
    return
  }
  const refused = part('[data-yk-passkey-refused]')
  const button = part('button[type=submit]')
  button.hidden = false
  form.addEventListener('submit', async (event) => {
    event.preventDefault()
    refused.hidden = button.disabled = true
    try {
      const ask = form.dataset.ykPasskey === 'create' ? create : get
      part('[name=credential]').value = JSON.stringify(await ask(await question(form)))
      form.submit()
    } catch {
      refused.hidden = false
      button.disabled = false
    }
  })
}

document.querySelectorAll('form[data-yk-passkey]').forEach(start)

/** /my/notices/: asks the browser for its push address and puts it into the form before it is sent. */
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)))
  .replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')
const bytes = (key) => Uint8Array.from(atob(key.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0))

/** A worker that could not be installed is never ready. */
const ready = () => Promise.race([
  navigator.serviceWorker.ready,
  new Promise((_resolve, reject) => { setTimeout(reject, 10_000) })
])

async function subscription (key) {
  const { pushManager } = await ready()
  const known = await pushManager.getSubscription()
  const ours = known?.options.applicationServerKey
  if (known && ours && text(ours) === key) return known
  await known?.unsubscribe() // of a house with another key
  return pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytes(key) })
}

function start (form) {
  const say = (name) => { form.querySelector(`[data-yk-push-${name}]`).hidden = false }
  const button = form.querySelector('button[type=submit]')
  if (!('PushManager' in window) || !('serviceWorker' in navigator)) {
    say('unsupported')
    return
  }
  button.hidden = false
  form.addEventListener('submit', async (event) => {
    event.preventDefault()
    form.querySelectorAll('[data-yk-push-refused], [data-yk-push-failed]').forEach((one) => { one.hidden = true })
    button.disabled = true
    try {
      if (await Notification.requestPermission() !== 'granted') {
        say('refused')
        return
      }
      const { endpoint, keys } = (await subscription(form.dataset.ykPush)).toJSON()
      Object.entries({ endpoint, ...keys }).forEach(([name, value]) => {
        const field = form.querySelector(`[name=${name}]`)
        if (field) field.value = value
      })
      form.submit()
    } catch {
      say('failed')
    } finally {
      button.disabled = false
    }
  })
}

document.querySelectorAll('form[data-yk-push]').forEach(start)
document.querySelectorAll('form[data-yk-push-stop]').forEach((form) => {
  form.addEventListener('submit', async (event) => {
    event.preventDefault()
    try {
      const registration = await navigator.serviceWorker?.getRegistration()
      await (await registration?.pushManager?.getSubscription())?.unsubscribe()
    } finally {
      form.submit()
    }
  })
})

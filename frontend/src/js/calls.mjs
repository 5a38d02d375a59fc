/**
 * One call at work: what is typed is saved at every rest, one function key says what the call was,
 * and a timer runs. Function keys work while one types; `keys.mjs` rests then.
 */
const REST_MS = 500
const AGAIN_MS = 3_000
const form = document.querySelector('[data-yk-call]')

function save () { form.dispatchEvent(new Event('yk:rest')) }

function saveAtRest () {
  let timer
  const saveSoon = (ms) => {
    clearTimeout(timer)
    timer = setTimeout(save, ms)
  }
  form.addEventListener('input', () => saveSoon(REST_MS))
  const isTyped = (field) => field.defaultValue !== undefined && field.value !== field.defaultValue
  if ([...form.elements].some(isTyped)) saveSoon(REST_MS) // typed before this script came
  form.addEventListener('submit', () => clearTimeout(timer))
  document.addEventListener('visibilitychange', () => { if (document.visibilityState === 'hidden') save() })
  const failed = () => {
    document.getElementById('call-saved').textContent = form.dataset.ykFailed
    saveSoon(AGAIN_MS)
  }
  form.addEventListener('htmx:sendError', failed)
  form.addEventListener('htmx:responseError', failed)
}

document.addEventListener('keydown', (event) => {
  if (event.isComposing || event.ctrlKey || event.altKey || event.metaKey) return
  const key = (event.shiftKey ? 'Shift+' : '') + event.key
  const button = form.querySelector(`[data-yk-fkey="${CSS.escape(key)}"]`)
  if (!button) return
  event.preventDefault()
  button.click()
})

function tick () {
  for (const timer of document.querySelectorAll('[data-yk-timer]')) {
    const seconds = Math.max(0, Math.floor((Date.now() - Date.parse(timer.dataset.ykTimer)) / 1000))
    timer.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
  }
}

saveAtRest()
setInterval(tick, 1000)
tick()

/**
 * The staff keyboard: j k through the rows of `table[data-yk-rows]`, Enter opens, x selects,
 * `data-key="a"` presses, `data-key-focus="/"` focuses, ? shows the sheet. Keys rest while one
 * types and can be switched off in the sheet (WCAG 2.1.4).
 */
const OFF = 'yk-keys-off'

const isOff = () => {
  try { return localStorage.getItem(OFF) === '1' } catch { return false }
}
const switchTo = (off) => {
  try { localStorage.setItem(OFF, off ? '1' : '0') } catch { /* private mode: it lasts for this page */ }
}

const isTyping = (target) => target.closest?.('input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable], .maplibregl-map')

const rows = () => [...document.querySelectorAll('table[data-yk-rows] tbody tr')]
const current = () => document.querySelector('table[data-yk-rows] tr.yk-at')
const linkOf = (row) => row.querySelector('a[href]')

function stand (row) {
  current()?.classList.remove('yk-at')
  row.classList.add('yk-at')
  linkOf(row)?.focus({ preventScroll: true })
  row.scrollIntoView({ block: 'nearest' })
}

function step (by) {
  const all = rows()
  if (!all.length) return
  const from = all.indexOf(document.activeElement?.closest('tr') ?? current())
  stand(all[from < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(Math.max(from + by, 0), all.length - 1)])
}

const boxes = () => [...document.querySelectorAll('table[data-yk-rows] tbody input[type=checkbox]')]

function select () {
  const box = current()?.querySelector('input[type=checkbox]')
  box?.click()
}

function selectAll () {
  const all = boxes()
  const wanted = !all.every((box) => box.checked)
  for (const box of all) box.checked = wanted
  showSelection()
}

/** `g` and then a digit goes to that entry of the rail; the `g` is forgotten after a moment. */
const GO_MS = 1500
let going = 0
const rail = () => [...document.querySelectorAll('.yk-rail__link')]

function go (event) {
  if (!/^[1-9]$/.test(event.key) || performance.now() - going > GO_MS) return false
  going = 0
  rail()[Number(event.key) - 1]?.click()
  return true
}

function openSheet () {
  const sheet = document.getElementById('yk-help-sheet')
  if (!sheet || sheet.open) return
  fill(sheet)
  sheet.showModal()
}

function entry (list, caption, ...names) {
  const line = document.createElement('div')
  const term = document.createElement('dt')
  term.textContent = caption
  const keys = document.createElement('dd')
  for (const name of names) {
    const key = document.createElement('kbd')
    key.className = 'yk-key'
    key.textContent = name
    keys.append(key)
  }
  line.append(term, keys)
  list.append(line)
}

function fill (sheet) {
  const list = sheet.querySelector('[data-yk-keys]')
  list.replaceChildren()
  if (rows().length) {
    entry(list, list.dataset.moveTitle, 'j', 'k')
    entry(list, list.dataset.openTitle, 'Enter')
    if (boxes().length) {
      entry(list, list.dataset.selectTitle, 'x')
      entry(list, list.dataset.selectAllTitle, 'X')
    }
  }
  if (rail().length) entry(list, list.dataset.goTitle, 'g', `1–${Math.min(rail().length, 9)}`)
  for (const owner of document.querySelectorAll('[data-key], [data-key-focus]')) {
    entry(list, owner.dataset.keyTitle || owner.textContent.trim(), owner.dataset.key ?? owner.dataset.keyFocus)
  }
  entry(list, list.dataset.helpTitle, '?')
}

function press (event) {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return
  if (isTyping(event.target) || document.querySelector('dialog[open]')) return
  if (event.key === '?') return openSheet()
  if (isOff()) return
  if (event.key === 'j') return step(1)
  if (event.key === 'k') return step(-1)
  if (event.key === 'x') return select()
  if (event.key === 'X') return selectAll()
  if (go(event)) return
  const key = CSS.escape(event.key)
  const focused = document.querySelector(`[data-key-focus="${key}"]`)
  const pressed = [...document.querySelectorAll(`[data-key="${key}"]:not(:disabled)`)].find((owner) => !owner.closest('[hidden]'))
  if (event.key === 'g' && !pressed) going = performance.now()
  if (!focused && !pressed) return
  event.preventDefault()
  focused ? focused.select() : pressed.click()
}

/** The bar for selected rows appears with the first of them; without this script it always stands. */
function showSelection () {
  const all = boxes()
  const chosen = all.filter((box) => box.checked)
  for (const box of all) box.closest('tr').setAttribute('aria-selected', String(box.checked))
  for (const box of document.querySelectorAll('[data-yk-select-all]')) {
    box.checked = chosen.length > 0 && chosen.length === all.length
    box.indeterminate = chosen.length > 0 && chosen.length < all.length
  }
  for (const bar of document.querySelectorAll('[data-yk-bulk]')) {
    bar.hidden = !chosen.length
    const count = bar.querySelector('[data-yk-bulk-count]')
    if (count) count.textContent = chosen.length
  }
}

function selection () {
  for (const box of document.querySelectorAll('[data-yk-select-all]')) box.hidden = false
  document.addEventListener('change', (event) => {
    if (event.target.matches('[data-yk-select-all]')) {
      for (const box of boxes()) box.checked = event.target.checked
    } else if (!event.target.closest('table[data-yk-rows]')) return
    showSelection()
  })
  addEventListener('pageshow', showSelection) // going back, the browser ticks again what was ticked
  showSelection()
}

export function keys () {
  document.addEventListener('keydown', press)
  selection()
  const help = document.querySelector('[data-yk-help]')
  if (help) {
    help.hidden = false
    help.addEventListener('click', openSheet)
  }
  const off = document.querySelector('[data-yk-keys-off]')
  if (off) {
    off.checked = !isOff()
    off.addEventListener('change', () => switchTo(!off.checked))
  }
}

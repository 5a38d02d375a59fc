/** Covers on a photo: dragging draws one, the number fields say the same and move it. */
const form = document.querySelector('[data-yk-cover]')
const stage = form?.querySelector('.yk-cover')
const rows = form?.querySelector('.yk-cover__rows')
const total = form?.querySelector('[name$=TOTAL_FORMS]')
const SIDES = ['left', 'top', 'width', 'height']
const boxes = new Map()

const field = (row, side) => row.querySelector(`[name$="-${side}"]`)
const told = (row) => SIDES.map((side) => field(row, side).value)

function show (row) {
  const values = told(row)
  const isWhole = values.every((value) => value !== '')
  if (!isWhole) {
    boxes.get(row)?.remove()
    boxes.delete(row)
    return
  }
  if (!boxes.has(row)) {
    const box = document.createElement('span')
    box.className = 'yk-cover__box'
    stage.append(box)
    boxes.set(row, box)
  }
  SIDES.forEach((side, at) => { boxes.get(row).style[side] = `${values[at]}%` })
}

function blank () {
  const free = [...rows.children].find((row) => told(row).every((value) => value === ''))
  if (free) return free
  const made = form.querySelector('template').content.firstElementChild.cloneNode(true)
  for (const part of made.querySelectorAll('[name], [id], [for]')) {
    for (const name of ['name', 'id', 'for']) {
      if (part.hasAttribute(name)) part.setAttribute(name, part.getAttribute(name).replace('__prefix__', total.value))
    }
  }
  total.value = Number(total.value) + 1
  rows.append(made)
  return made
}

const place = (event) => {
  const frame = stage.getBoundingClientRect()
  const within = (value) => Math.min(100, Math.max(0, value))
  return [within((event.clientX - frame.left) / frame.width * 100), within((event.clientY - frame.top) / frame.height * 100)]
}

function draw (event) {
  if (event.button !== 0) return
  event.preventDefault()
  stage.setPointerCapture(event.pointerId)
  const [x, y] = place(event)
  const row = blank()
  const write = (to) => {
    const [toX, toY] = place(to)
    const values = [Math.min(x, toX), Math.min(y, toY), Math.abs(toX - x), Math.abs(toY - y)]
    SIDES.forEach((side, at) => { field(row, side).value = values[at].toFixed(1) })
    show(row)
  }
  const end = () => {
    stage.removeEventListener('pointermove', write)
    const [, , width, height] = told(row)
    if (width < 0.5 || height < 0.5) for (const side of SIDES) field(row, side).value = ''
    show(row)
  }
  stage.addEventListener('pointermove', write)
  stage.addEventListener('pointerup', end, { once: true })
  stage.addEventListener('pointercancel', end, { once: true })
}

if (form) {
  stage.classList.add('yk-cover--ready')
  stage.addEventListener('pointerdown', draw)
  rows.addEventListener('input', (event) => show(event.target.closest('fieldset')))
  for (const row of rows.children) show(row)
}

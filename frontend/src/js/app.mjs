/** Starts the component library, toasts and htmx's manners. Pages work without any of it. */
import {
  Button, CharacterCount, Checkboxes, ErrorSummary, PasswordInput, Radios, Tabs, createAll
} from './vendor/govuk-frontend.mjs'

import { ask } from './ask.mjs'
import { keys } from './keys.mjs'
import { live } from './live.mjs'
import { words } from './words.mjs'

const TOAST_MS = 9000

document.body.classList.add('js-enabled', 'govuk-frontend-supported')

const countWords = {
  charactersUnderLimit: { other: words('還可以寫 %{count} 字') },
  charactersAtLimit: words('字數已滿'),
  charactersOverLimit: { other: words('超過 %{count} 字') },
  wordsUnderLimit: { other: words('還可以寫 %{count} 字') },
  wordsAtLimit: words('字數已滿'),
  wordsOverLimit: { other: words('超過 %{count} 字') },
  textareaDescription: { other: words('最多 %{count} 字') }
}
const passwordWords = {
  showPassword: words('顯示'), hidePassword: words('隱藏'), showPasswordAriaLabel: words('顯示密碼'), hidePasswordAriaLabel: words('隱藏密碼'), passwordShownAnnouncement: words('密碼已顯示'), passwordHiddenAnnouncement: words('密碼已隱藏')
}

/** Brings the components inside an element to life (again, for what htmx swapped in). */
function start (scope) {
  for (const Part of [Button, Checkboxes, ErrorSummary, Radios, Tabs]) createAll(Part, undefined, scope)
  createAll(CharacterCount, { i18n: countWords }, scope)
  createAll(PasswordInput, { i18n: passwordWords }, scope)
}

/** A toast can be closed; good news leaves by itself unless somebody is reading it. */
function toast (element) {
  const close = document.createElement('button')
  close.type = 'button'
  close.className = 'yk-toast__close'
  close.setAttribute('aria-label', words('關閉'))
  close.textContent = '✕'
  close.addEventListener('click', () => element.remove())
  element.append(close)
  if (!element.classList.contains('yk-toast--success')) return
  let timer
  const leave = () => { timer = setTimeout(() => element.remove(), TOAST_MS) }
  const stay = () => clearTimeout(timer)
  element.addEventListener('mouseenter', stay)
  element.addEventListener('mouseleave', leave)
  element.addEventListener('focusin', stay)
  element.addEventListener('focusout', leave)
  leave()
}

function say (sentence, level = 'error') {
  const element = document.createElement('div')
  element.className = `yk-toast yk-toast--${level}`
  const text = document.createElement('p')
  text.textContent = sentence
  element.append(text)
  toast(element)
  document.getElementById('toasts')?.append(element)
}

function refusalIn (html) {
  const title = new DOMParser().parseFromString(html, 'text/html').querySelector('.yk-notice__title')
  return title?.textContent || words('這個動作沒有完成，請重新整理後再試一次。')
}

/** Menus made of <details> close with Escape and when one clicks elsewhere. */
function menus () {
  const open = () => document.querySelectorAll('details[data-yk-menu][open]')
  document.addEventListener('click', (event) => {
    for (const menu of open()) if (!menu.contains(event.target)) menu.open = false
  })
  document.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape') return
    for (const menu of open()) {
      menu.open = false
      menu.querySelector('summary').focus()
    }
  })
}

function printing () {
  for (const button of document.querySelectorAll('[data-yk-print]')) {
    button.hidden = false
    button.addEventListener('click', () => print())
  }
}

/** On a phone the rail scrolls sideways: the page one is on must not lie outside it. */
function showCurrent () {
  for (const link of document.querySelectorAll('.yk-rail [aria-current], .yk-views [aria-current]')) {
    const list = link.closest('nav > ul') ?? link.closest('ul')
    list.scrollLeft += link.getBoundingClientRect().left - list.getBoundingClientRect().left - 16
  }
}

function printers () {
  for (const button of document.querySelectorAll('[data-yk-print]')) {
    button.hidden = false
    button.addEventListener('click', () => print())
  }
}

start(document)
printers()
showCurrent()
menus()
printing()
keys()
live()
ask()
document.querySelectorAll('[data-yk-toast]').forEach(toast)
document.body.addEventListener('htmx:afterSettle', (event) => {
  start(event.detail.elt)
  document.querySelectorAll('[data-yk-toast]:not(:has(.yk-toast__close))').forEach(toast)
})
document.body.addEventListener('htmx:responseError', (event) => say(refusalIn(event.detail.xhr.responseText)))
document.body.addEventListener('htmx:sendError', () => say(words('連不上伺服器，請檢查網路後再試一次。')))

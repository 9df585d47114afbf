// Small comforts; every page works without them.
import { createAll, Button, Checkboxes, ErrorSummary, Radios, SkipLink } from './vendor/govuk.js'

document.body.classList.add('js-enabled', 'govuk-frontend-supported')
for (const component of [Button, Checkboxes, ErrorSummary, Radios, SkipLink]) createAll(component)

const byId = (id) => document.getElementById(id)

// Filters stand open where there is room beside the results.
const filters = byId('filters')
if (filters && matchMedia('(min-width: 48.01em)').matches) filters.open = true

// What a partial update brought is said once to screen readers.
addEventListener('htmx:after:swap', () => {
  const results = byId('results')
  const told = byId('told')
  if (results && told) told.textContent = results.dataset.status
})

// A place on the map, rounded to a kilometre before it leaves the browser.
const locate = byId('locate')
if (locate && 'geolocation' in navigator) {
  locate.closest('[hidden]').removeAttribute('hidden')
  locate.addEventListener('click', () => navigator.geolocation.getCurrentPosition(({ coords }) => {
    byId('near').value = `${coords.latitude.toFixed(2)},${coords.longitude.toFixed(2)}`
    byId('search').requestSubmit()
  }, () => { byId('told').textContent = locate.dataset.failed }))
  byId('postcode').addEventListener('change', () => { byId('near').value = '' })
}

// The clock only shows; the server decides. It speaks at two minutes and at the end.
const clock = byId('clock')
if (clock) {
  const end = Date.now() + clock.dataset.seconds * 1000
  const says = byId('clock-says')
  const tick = () => {
    const left = Math.max(0, Math.round((end - Date.now()) / 1000))
    clock.textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, '0')}`
    if (left === 120) says.textContent = clock.dataset.soon
    if (left === 0) { says.textContent = clock.dataset.over; clearInterval(timer) }
  }
  const timer = setInterval(tick, 1000)
}

// What is read stays; what would be sent now is lost.
const offline = byId('offline')
const tell = () => { offline.hidden = navigator.onLine }
for (const event of ['online', 'offline']) addEventListener(event, tell)
tell()

const print = byId('print')
if (print) { print.hidden = false; print.addEventListener('click', () => window.print()) }

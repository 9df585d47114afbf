// A comfort on the picture of the week: a block is dragged, or moved with the arrow keys, and then
// the form of its hours opens with what that means. All of it can be done in the form alone.
const QUARTER = 15, ROW = 24
const wide = matchMedia('(min-width: 56em)')
const told = document.getElementById('told')
const two = (number) => String(number).padStart(2, '0')
const clock = (minutes) => `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`

for (const block of document.querySelectorAll('[data-move]')) {
  const place = block.parentElement.classList, hours = block.querySelector('b')
  const [, ...numbers] = hours.textContent.match(/(\d+):(\d+)\D(\d+):(\d+)/).map(Number)
  const opens = numbers[0] * 60 + numbers[1], closes = (numbers[2] * 60 + numbers[3]) || 1440
  const rows = ['r', 'e'].map((side) => Number(block.parentElement.className.match(`app-${side}(\\d+)`)[1]))
  let shift = 0, longer = 0

  const put = (by, more) => {
    const starts = opens + by * QUARTER, ends = closes + (by + more) * QUARTER
    if (rows[0] + by < 1 || rows[1] + by + more > 97 || ends > 1425 || ends <= starts) return
    place.remove(`app-r${rows[0] + shift}`, `app-e${rows[1] + shift + longer}`)
    place.add(`app-r${rows[0] + by}`, `app-e${rows[1] + by + more}`)
    shift = by
    longer = more
    hours.textContent = told.textContent = `${clock(starts)}–${clock(ends)}`
  }
  block.addEventListener('click', (event) => {
    if (!shift && !longer) return
    event.preventDefault()
    location.assign(`${block.dataset.move}?shift=${shift * QUARTER}&longer=${longer * QUARTER}`)
  })
  block.addEventListener('keydown', (event) => {
    const by = { ArrowUp: -1, ArrowDown: 1 }[event.key]
    if (event.key === 'Escape') put(0, 0)
    if (!by || !wide.matches) return
    event.preventDefault()
    event.shiftKey ? put(shift, longer + by) : put(shift + by, longer)
  })
  block.addEventListener('pointerdown', (event) => {
    if (event.pointerType === 'touch' || event.button || !wide.matches) return
    const from = event.clientY, atEnd = block.getBoundingClientRect().bottom - from < 12
    const [shifted, longed] = [shift, longer]
    block.setPointerCapture(event.pointerId)
    const drag = ({ clientY }) => {
      const by = Math.round((clientY - from) / ROW)
      atEnd ? put(shifted, longed + by) : put(shifted + by, longed)
    }
    block.addEventListener('pointermove', drag)
    block.addEventListener('lostpointercapture', () => block.removeEventListener('pointermove', drag), { once: true })
  })
}
const tip = document.getElementById('tip')
if (tip && wide.matches && document.querySelector('[data-move]')) tip.hidden = false

// What is left to a point while the network or the suite is away: its list of today as it was shown
// last, for a shift at most, and a page that says that nothing was saved. Signing out clears both.
const SHELF = 'point-1', SHIFT_MS = 12 * 3600 * 1000, AWAY = '/punkt/bez-polaczenia'
// Statuses that a front door gives when there is nobody behind it.
const NOBODY = [502, 504]

const isFile = (url) => url.pathname.startsWith('/assets/')
const isToday = (url) => /^\/punkt\/[^/]+$/.test(url.pathname) && !url.search && url.pathname !== AWAY

addEventListener('install', (event) => event.waitUntil(
  caches.open(SHELF).then((shelf) => shelf.add(AWAY)).then(() => skipWaiting())))
addEventListener('activate', (event) => event.waitUntil(clients.claim()))
addEventListener('fetch', (event) => {
  const url = new URL(event.request.url)
  if (url.origin !== location.origin) return
  if (isFile(url)) event.respondWith(file(event.request))
  else if (event.request.mode === 'navigate') event.respondWith(page(event.request, url))
})

// Files are named by what is in them, so that one kept is one that need not be asked for.
async function file (request) {
  const shelf = await caches.open(SHELF)
  const kept = await shelf.match(request)
  if (kept) return kept
  const answer = await fetch(request)
  if (answer.ok) await shelf.put(request, answer.clone())
  return answer
}

async function page (request, url) {
  const shelf = await caches.open(SHELF)
  const today = request.method === 'GET' && isToday(url)
  let answer
  try { answer = await fetch(request) } catch { answer = null }
  if (answer && answer.ok && today) await shelf.put(url.pathname, answer.clone())
  if (answer && answer.status < 500) return answer
  const kept = today && await list(shelf, url.pathname)
  if (kept) return kept
  return answer && !NOBODY.includes(answer.status) ? answer : shelf.match(AWAY)
}

async function list (shelf, path) {
  const kept = await shelf.match(path)
  if (!kept) return null
  if (Date.now() - Date.parse(kept.headers.get('date')) > SHIFT_MS) {
    await shelf.delete(path)
    return null
  }
  const shown = (await kept.text()).replace('id="kept" hidden', 'id="kept"')
  return new Response(shown, { headers: kept.headers })
}

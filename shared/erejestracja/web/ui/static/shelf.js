// A point's list of today stays to be read while the network or the suite is away: see keeper.js.
navigator.serviceWorker?.register('/punkt/keeper.js', { scope: '/punkt' })

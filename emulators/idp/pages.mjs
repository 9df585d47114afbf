// The pages: plain HTML in Polish, without scripts, clearly an emulator's.
const safe = (text) => String(text ?? '').replace(/[&<>"']/g, (c) => `&#${c.codePointAt(0)};`);

const page = (title, body) => `<!doctype html>
<html lang="pl">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${safe(title)} (emulator)</title>
<style>
body { font: 1.125rem/1.5 system-ui, sans-serif; max-width: 40rem; margin: 0 auto; padding: 1rem; }
button { font: inherit; text-align: start; width: 100%; padding: .75rem 1rem; margin: .25rem 0; }
ul { list-style: none; padding: 0; }
.note { border-inline-start: .25rem solid; padding-inline-start: 1rem; }
</style>
</head>
<body><main><h1>${safe(title)} <small>(emulator)</small></h1>${body}</main></body>
</html>`;

const choice = (one) => `<li><button name="persona" value="${safe(one.name)}">
<strong>${safe(one.label)}</strong><br>${safe(one.name)}</button></li>`;

export function loginPage(personas) {
  const people = personas.length
    ? `<ul role="list">${personas.map(choice).join('')}</ul>`
    : '<p role="status">Brak osób: baza testowa nie jest jeszcze wczytana. Odśwież stronę za chwilę.</p>';
  return page('Węzeł krajowy', `
<p class="note">To nie jest prawdziwe logowanie. Osoby są zmyślone, haseł nie ma.</p>
<form method="post">
<h2>Wybierz, kim jesteś</h2>
${people}
<h2>Albo sprawdź, co się stanie, gdy logowanie się nie uda</h2>
<button name="error" value="access_denied">Anuluj logowanie</button>
<button name="error" value="temporarily_unavailable">Udawaj awarię</button>
</form>`);
}

export function errorPage(code) {
  return page('Logowanie nie powiodło się', `<p>Powód: <code>${safe(code)}</code>. Wróć do aplikacji i spróbuj ponownie.</p>`);
}

export function logoutPage(form) {
  return page('Wylogowanie', `<p>Czy wylogować Cię także z węzła krajowego?</p>${form}
<button type="submit" form="op.logoutForm" name="logout" value="yes" autofocus>Tak, wyloguj</button>
<button type="submit" form="op.logoutForm">Nie, zostań</button>`);
}

export function loggedOutPage() {
  return page('Wylogowano', '<p>Możesz zamknąć tę kartę.</p>');
}

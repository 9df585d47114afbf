// The pages: plain HTML in Polish, without scripts, clearly an emulator's.
const safe = (text) => String(text ?? '').replace(/[&<>"']/g, (c) => `&#${c.codePointAt(0)};`);

const page = (title, body) => `<!doctype html>
<html lang="pl">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${safe(title)}</title>
<style>
body { font: 1.125rem/1.5 system-ui, sans-serif; max-width: 40rem; margin: 0 auto; padding: 1rem; }
button { font: inherit; text-align: start; width: 100%; padding: .75rem 1rem; margin: .25rem 0; }
.note { border-inline-start: .25rem solid; padding-inline-start: 1rem; }
</style>
</head>
<body><main><h1>${safe(title)}</h1>${body}</main></body>
</html>`;

export function loginPage(personas) {
  const choices = personas.map((one) => `<li><button name="persona" value="${safe(one.name)}">
<strong>${safe(one.name)}</strong><br>${safe(one.label)}</button></li>`).join('');
  return page('Węzeł krajowy (emulator)', `
<p class="note">To jest emulator. Osoby są zmyślone, haseł nie ma. Wybierz, kim jesteś.</p>
<form method="post">
<ul style="list-style: none; padding: 0">${choices || '<li>Brak osób: baza testowa nie jest jeszcze wczytana.</li>'}</ul>
<button name="error" value="access_denied">Anuluj logowanie</button>
<button name="error" value="temporarily_unavailable">Udawaj awarię</button>
</form>`);
}

export function errorPage(code) {
  return page('Logowanie nie powiodło się (emulator)', `<p>Powód: <code>${safe(code)}</code>. Wróć do aplikacji i spróbuj ponownie.</p>`);
}

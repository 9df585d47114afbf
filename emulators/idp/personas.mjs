// The personas of the test nation: written by its loader, read again whenever the file changes.
import { readFileSync, statSync } from 'node:fs';

export const CLAIMS = ['roles', 'pesel', 'given_name', 'family_name', 'birthdate', 'points', 'region', 'amr', 'acr'];

const file = process.env.PERSONAS;
let readAt = 0;
let known = [];
let bySubject = new Map();

export function personas() {
  // The provider is up before there is a nation.
  const found = file && statSync(file, { throwIfNoEntry: false });
  if (found && found.mtimeMs !== readAt) {
    known = JSON.parse(readFileSync(file, 'utf8')).personas;
    bySubject = new Map(known.map((one) => [one.sub, one]));
    readAt = found.mtimeMs;
  }
  return known;
}

export function personaBySubject(subject) {
  personas();
  return bySubject.get(subject);
}

export function claimsOf(persona) {
  return Object.fromEntries(CLAIMS.filter((name) => persona[name] !== undefined).map((name) => [name, persona[name]]));
}

// The personas of the test nation: written by its loader, read again whenever the file changes.
import { readFileSync, statSync } from 'node:fs';

const file = process.env.PERSONAS;
let readAt = 0;
let known = [];
let bySubject = new Map();

export function personas() {
  try {
    const { mtimeMs } = statSync(file);
    if (mtimeMs !== readAt) {
      known = JSON.parse(readFileSync(file, 'utf8')).personas;
      bySubject = new Map(known.map((one) => [one.sub, one]));
      readAt = mtimeMs;
    }
  } catch (missing) {
    if (missing.code !== 'ENOENT' && missing.code !== 'ERR_INVALID_ARG_TYPE') throw missing;
  }
  return known;
}

export function personaBySubject(subject) {
  personas();
  return bySubject.get(subject);
}

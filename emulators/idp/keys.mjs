// Signing keys, kept in a file so that tokens outlive a restart; the newest signs, the older verify.
import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = process.env.KEYS_DIR;
const file = folder && join(folder, 'keys.json');
// The last two pairs: a token lives shorter than anybody rotates twice.
const KEPT = 4;
let known;

function newKeys() {
  const jwk = (pair, alg) => ({ ...pair.privateKey.export({ format: 'jwk' }), alg, kid: randomUUID(), use: 'sig' });
  return [
    jwk(generateKeyPairSync('rsa', { modulusLength: 2048 }), 'RS256'),
    jwk(generateKeyPairSync('ec', { namedCurve: 'P-256' }), 'ES256'),
  ];
}

function save() {
  if (!file) return;
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${file}.new`, JSON.stringify(known), { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

async function load() {
  if (!known) {
    known = file && existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : { keys: newKeys() };
    known.cookie ||= randomBytes(32).toString('base64url');
    save();
  }
  return known;
}

export async function signingKeys() {
  return { keys: (await load()).keys };
}

// Sessions of browsers are signed with it: they outlive the rotation of the other keys.
export async function cookieKey() {
  return (await load()).cookie;
}

export async function rotate() {
  const { keys } = await load();
  known.keys = [...newKeys(), ...keys].slice(0, KEPT);
  save();
}

// Signing keys, kept in a file so that tokens outlive a restart; the newest signs, the older verify.
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = process.env.KEYS_DIR;
const file = folder && join(folder, 'keys.json');
const KEPT = 4;
let keys;

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
  writeFileSync(`${file}.new`, JSON.stringify({ keys }), { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

export async function signingKeys() {
  if (!keys) {
    keys = file && existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).keys : newKeys();
    save();
  }
  return { keys };
}

export async function rotate() {
  await signingKeys();
  keys = [...newKeys(), ...keys].slice(0, KEPT);
  save();
}

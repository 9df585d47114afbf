// Access tokens signed in bulk with the provider's own key, in the shape it gives them.
import { createPrivateKey, randomUUID, sign } from 'node:crypto';
import { promisify } from 'node:util';
import { signingKeys } from './keys.mjs';

const signed = promisify(sign);
const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
let key = {};

async function signingKey() {
  const jwk = (await signingKeys()).keys.find((one) => one.alg === 'RS256');
  if (key.kid !== jwk.kid) key = { kid: jwk.kid, secret: createPrivateKey({ key: jwk, format: 'jwk' }) };
  return key;
}

export async function mint(sub, claims, { issuer, audience, seconds, clientId, scope }) {
  const { kid, secret } = await signingKey();
  const now = Math.floor(Date.now() / 1000);
  const payload = {
    ...claims, sub, iss: issuer, aud: audience, iat: now, exp: now + seconds, jti: randomUUID(), client_id: clientId, scope,
  };
  const text = `${part({ alg: 'RS256', typ: 'at+jwt', kid })}.${part(payload)}`;
  return `${text}.${(await signed('sha256', Buffer.from(text), secret)).toString('base64url')}`;
}

// The national identity's stand-in: a real OpenID provider with a page of personas instead of
// passwords. What it signs is verified by the suite exactly as in the cloud. Never deploy it.
import { rotate, signingKeys } from './keys.mjs';
import { loginPage, errorPage } from './pages.mjs';
import { personaBySubject, personas } from './personas.mjs';
import { mint } from './tokens.mjs';
import Koa from 'koa';
import { Provider } from 'oidc-provider';

const HOST = process.env.HOST || '127.0.0.1';
const PORT = Number(process.env.PORT || 9400);
const ISSUER = process.env.ISSUER || `http://${HOST}:${PORT}`;
const AUDIENCE = process.env.AUDIENCE || 'erejestracja';
const PUBLIC_URL = process.env.PUBLIC_URL || 'http://127.0.0.1:8080';
const HOURS_8 = 8 * 3600;
const LARGEST_BODY = 8 * 1024 * 1024;
const LOA = 'http://eidas.europa.eu/LoA';
const CLAIMS = ['roles', 'pesel', 'given_name', 'family_name', 'birthdate', 'points', 'region', 'amr', 'acr'];

// How a persona proves who they are: the node's level of assurance, and a second factor for staff.
const claimsOf = (persona) => Object.fromEntries(
  CLAIMS.filter((name) => persona[name] !== undefined).map((name) => [name, persona[name]]),
);

function configuration(jwks) {
  return {
    jwks,
    clients: [
      {
        client_id: 'erejestracja-web',
        client_secret: process.env.OIDC_CLIENT_SECRET || 'only-for-the-emulator',
        redirect_uris: [`${PUBLIC_URL}/auth/callback`],
        post_logout_redirect_uris: [`${PUBLIC_URL}/`],
        backchannel_logout_uri: `${PUBLIC_URL}/auth/backchannel-logout`,
        backchannel_logout_session_required: true,
        response_types: ['code'],
        grant_types: ['authorization_code'],
      },
      {
        client_id: 'erejestracja-cli',
        token_endpoint_auth_method: 'none',
        redirect_uris: ['http://127.0.0.1:1/callback'],
        response_types: ['code'],
        grant_types: ['authorization_code'],
      },
    ],
    claims: { openid: ['sub', 'acr', 'amr'], profile: CLAIMS },
    scopes: ['openid', 'profile'],
    conformIdTokenClaims: false,
    acrValues: [`${LOA}/low`, `${LOA}/substantial`, `${LOA}/high`],
    pkce: { required: () => true },
    ttl: { AccessToken: HOURS_8, IdToken: 300, AuthorizationCode: 60, Interaction: 600, Session: HOURS_8, Grant: HOURS_8 },
    cookies: { keys: [jwks.keys[0].kid] },
    features: {
      devInteractions: { enabled: false },
      backchannelLogout: { enabled: true },
      rpInitiatedLogout: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => `urn:${AUDIENCE}`,
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({
          scope: 'openid profile',
          audience: AUDIENCE,
          accessTokenTTL: HOURS_8,
          accessTokenFormat: 'jwt',
          jwt: { sign: { alg: 'RS256' } },
        }),
      },
    },
    extraTokenClaims: (_, token) => claimsOf(personaBySubject(token.accountId) || {}),
    interactions: { url: (_, interaction) => `/login/${interaction.uid}` },
    findAccount: (_, subject) => {
      const persona = personaBySubject(subject);
      return persona && { accountId: subject, claims: () => ({ sub: subject, ...claimsOf(persona) }) };
    },
    // The national node asks for no consent, nor do we.
    async loadExistingGrant(ctx) {
      const { client, session } = ctx.oidc;
      const grant = new ctx.oidc.provider.Grant({ clientId: client.clientId, accountId: session.accountId });
      grant.addOIDCScope('openid profile');
      grant.addResourceScope(`urn:${AUDIENCE}`, 'openid profile');
      await grant.save();
      return grant;
    },
    renderError: (ctx, out) => { ctx.type = 'html'; ctx.body = errorPage(out.error); },
    // The library refuses loopback addresses for back-channel calls; here there is nothing else.
    fetch: (url, { dispatcher, ...options }) => globalThis.fetch(url, options),
  };
}

async function bodyOf(ctx) {
  const parts = [];
  let size = 0;
  for await (const part of ctx.req) {
    size += part.length;
    if (size > LARGEST_BODY) ctx.throw(413);
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

async function login(ctx, provider) {
  if (ctx.method === 'GET') {
    await provider.interactionDetails(ctx.req, ctx.res);
    ctx.type = 'html';
    ctx.body = loginPage(personas());
    return;
  }
  const form = new URLSearchParams(await bodyOf(ctx));
  const persona = personas().find((one) => one.name === form.get('persona'));
  const refused = form.get('error') || (persona ? null : 'access_denied');
  const result = refused
    ? { error: refused, error_description: 'the person turned back' }
    : { login: { accountId: persona.sub, acr: persona.acr, amr: persona.amr } };
  await provider.interactionFinished(ctx.req, ctx.res, result, { mergeWithLastSubmission: false });
  ctx.respond = false;
}

async function emulatorDoors(ctx, provider) {
  if (ctx.path === '/healthz') {
    ctx.body = { status: 'ok', personas: personas().length };
  } else if (ctx.path === '/emulator/tokens' && ctx.method === 'POST') {
    const { subjects } = JSON.parse(await bodyOf(ctx));
    const lifetime = { issuer: ISSUER, audience: AUDIENCE, seconds: HOURS_8 };
    ctx.body = { tokens: await Promise.all(subjects.map((one) => mint(one.sub, claimsOf(one), lifetime))) };
  } else if (ctx.path === '/emulator/rotate' && ctx.method === 'POST') {
    await rotate();
    ctx.body = { rotated: true };
    // Keys are read at the start; the supervisor starts us again, with both keys published.
    setTimeout(() => process.exit(0), 50);
  } else if (ctx.path.startsWith('/login/')) {
    await login(ctx, provider);
  } else {
    return false;
  }
  return true;
}

const provider = new Provider(ISSUER, configuration(await signingKeys()));
const app = new Koa();
app.use(async (ctx, next) => {
  if (!(await emulatorDoors(ctx, provider))) await next();
});
app.use(async (ctx) => {
  await provider.callback()(ctx.req, ctx.res);
  ctx.respond = false;
});
const server = app.listen(PORT, HOST, () => console.log(`OpenID provider at ${ISSUER}`));
for (const signal of ['SIGTERM', 'SIGINT']) {
  process.on(signal, () => { server.closeAllConnections(); server.close(() => process.exit(0)); });
}

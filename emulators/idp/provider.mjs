// The provider's settings: who may ask, what a token says, how long it lasts.
import { cookieKey, signingKeys } from './keys.mjs';
import { claimsOf, CLAIMS, personaBySubject } from './personas.mjs';
import { errorPage, loggedOutPage, logoutPage } from './pages.mjs';
import { Provider } from 'oidc-provider';

const HOST = process.env.HOST || '127.0.0.1';
const PORT = Number(process.env.PORT || 9400);
const PUBLIC_URL = process.env.PUBLIC_URL || 'http://127.0.0.1:8080';
const AUDIENCE = process.env.AUDIENCE || 'erejestracja';
const ISSUER = process.env.ISSUER || `http://${HOST}:${PORT}`;
// A working day: whoever tries the suite logs in once.
const LIFETIME_S = 8 * 3600;
const RESOURCE = `urn:${AUDIENCE}`;
const SCOPE = 'openid profile';
const LOA = 'http://eidas.europa.eu/LoA';

export const address = { host: HOST, port: PORT };
export const token = { issuer: ISSUER, audience: AUDIENCE, seconds: LIFETIME_S, clientId: 'erejestracja-cli', scope: SCOPE };

const codeFlow = { response_types: ['code'], grant_types: ['authorization_code'] };
const clients = [
  {
    ...codeFlow,
    client_id: 'erejestracja-web',
    client_secret: process.env.OIDC_CLIENT_SECRET || 'only-for-the-emulator',
    redirect_uris: [`${PUBLIC_URL}/auth/callback`],
    post_logout_redirect_uris: [`${PUBLIC_URL}/`],
    backchannel_logout_uri: `${PUBLIC_URL}/auth/backchannel-logout`,
    backchannel_logout_session_required: true,
  },
  {
    ...codeFlow,
    client_id: token.clientId,
    token_endpoint_auth_method: 'none',
    // Nobody listens there: the command reads the code out of the address it is sent to.
    redirect_uris: ['http://127.0.0.1:1/callback'],
  },
];

const features = {
  devInteractions: { enabled: false },
  backchannelLogout: { enabled: true },
  rpInitiatedLogout: {
    enabled: true,
    logoutSource: (ctx, form) => { ctx.body = logoutPage(form); },
    postLogoutSuccessSource: (ctx) => { ctx.body = loggedOutPage(); },
  },
  // Access tokens are JWTs (RFC 9068) for the suite, whether or not a client names it.
  resourceIndicators: {
    enabled: true,
    defaultResource: () => RESOURCE,
    useGrantedResource: () => true,
    getResourceServerInfo: () => ({
      scope: SCOPE,
      audience: AUDIENCE,
      accessTokenTTL: LIFETIME_S,
      accessTokenFormat: 'jwt',
      jwt: { sign: { alg: 'RS256' } },
    }),
  },
};

// The national node asks for no consent, nor do we.
async function grantOf(ctx) {
  const { client, session, provider } = ctx.oidc;
  const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
  grant.addOIDCScope(SCOPE);
  grant.addResourceScope(RESOURCE, SCOPE);
  await grant.save();
  return grant;
}

function findAccount(_, subject) {
  const persona = personaBySubject(subject);
  return persona && { accountId: subject, claims: () => ({ ...claimsOf(persona), sub: subject }) };
}

export async function makeProvider() {
  return new Provider(ISSUER, {
    clients,
    features,
    findAccount,
    loadExistingGrant: grantOf,
    jwks: await signingKeys(),
    cookies: { keys: [await cookieKey()] },
    claims: { openid: ['sub', 'acr', 'amr'], profile: CLAIMS },
    scopes: SCOPE.split(' '),
    conformIdTokenClaims: false,
    acrValues: [`${LOA}/low`, `${LOA}/substantial`, `${LOA}/high`],
    pkce: { required: () => true },
    ttl: { AccessToken: LIFETIME_S, Session: LIFETIME_S, Grant: LIFETIME_S, IdToken: 300, AuthorizationCode: 60, Interaction: 600 },
    extraTokenClaims: (_, issued) => claimsOf(personaBySubject(issued.accountId) || {}),
    interactions: { url: (_, interaction) => `/login/${interaction.uid}` },
    renderError: (ctx, out) => { ctx.type = 'html'; ctx.body = errorPage(out.error); },
    // The library refuses loopback addresses for back-channel calls; here there is nothing else.
    fetch: (url, { dispatcher, ...options }) => globalThis.fetch(url, options),
  });
}

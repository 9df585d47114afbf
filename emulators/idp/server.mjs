// The national identity's stand-in: a real OpenID provider with a page of personas instead of
// passwords. What it signs is verified by the suite exactly as in the cloud. Never deploy it.
import { rotate } from './keys.mjs';
import { errorPage, loginPage } from './pages.mjs';
import { claimsOf, personas } from './personas.mjs';
import { address, makeProvider, token } from './provider.mjs';
import { mint } from './tokens.mjs';
import Koa from 'koa';

const LARGEST_BODY = 8 * 1024 * 1024;
const ERRORS = ['access_denied', 'temporarily_unavailable'];

let provider;
let answerAsProvider;

async function start() {
  provider = await makeProvider();
  answerAsProvider = provider.callback();
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

function html(ctx, page, status = 200) {
  ctx.status = status;
  ctx.type = 'html';
  ctx.set('Cache-Control', 'no-store');
  ctx.body = page;
}

async function login(ctx) {
  try {
    await provider.interactionDetails(ctx.req, ctx.res);
  } catch (expired) {
    html(ctx, errorPage(expired.error), 400);
    return;
  }
  if (ctx.method !== 'POST') {
    html(ctx, loginPage(personas()));
    return;
  }
  const form = new URLSearchParams(await bodyOf(ctx));
  const persona = personas().find((one) => one.name === form.get('persona'));
  const error = ERRORS.find((one) => one === form.get('error')) || (persona ? null : ERRORS[0]);
  const result = error
    ? { error, error_description: 'chosen on the page of personas' }
    : { login: { accountId: persona.sub, acr: persona.acr, amr: persona.amr } };
  await provider.interactionFinished(ctx.req, ctx.res, result, { mergeWithLastSubmission: false });
  ctx.respond = false;
}

// A door only an emulator has: tokens for anybody, by the thousand, for load tests.
async function bulk(ctx) {
  let subjects;
  try {
    ({ subjects } = JSON.parse(await bodyOf(ctx)));
  } catch (unreadable) {
    ctx.throw(400, 'no JSON');
  }
  if (!Array.isArray(subjects) || !subjects.every((one) => typeof one?.sub === 'string')) {
    ctx.throw(400, 'subjects is a list of personas, each with its sub');
  }
  ctx.body = { tokens: await Promise.all(subjects.map((one) => mint(one.sub, claimsOf(one), token))) };
}

// What is signed from here on has a new key; what was signed before is still verified.
async function renew(ctx) {
  await rotate();
  await start();
  ctx.body = { rotated: true };
}

function healthz(ctx) {
  ctx.body = { status: 'ok', personas: personas().length };
}

const doors = {
  'GET /healthz': healthz,
  'POST /emulator/tokens': bulk,
  'POST /emulator/rotate': renew,
};

const app = new Koa();
app.use(async (ctx) => {
  const door = doors[`${ctx.method} ${ctx.path}`] || (ctx.path.startsWith('/login/') && login);
  if (door) {
    await door(ctx);
  } else {
    ctx.respond = false;
    await answerAsProvider(ctx.req, ctx.res);
  }
});

await start();
const server = app.listen(address.port, address.host, () => console.log(`OpenID provider at ${token.issuer}`));
for (const signal of ['SIGTERM', 'SIGINT']) {
  process.on(signal, () => { server.close(() => process.exit(0)); server.closeAllConnections(); });
}

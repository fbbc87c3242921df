import { command, type Spec } from '../commands/spec.ts';
import { ConnectionError, ResponseError } from '../errors.ts';
import type { Argument } from '../protocol/encoder.ts';
import { roleOf } from './locator.ts';
import { endpointOf, type ConnectionSettings, type Credentials, type SessionState } from './settings.ts';

/** What the server says of itself and of the connection. Unknown where it would not say. */
export interface Greeting {
  readonly protocol: 2 | 3;
  /** The server's number for this connection. */
  readonly id: number | undefined;
  readonly version: string | undefined;
  readonly server: string | undefined;
  readonly role: string | undefined;
  readonly mode: string | undefined;
}

/** Sends a command on the connection that is being made. */
export type Call = (spec: Spec, args: readonly Argument[]) => Promise<unknown>;

/**
 * Introduces the connection: everything goes out in one write, and every reply has come before any user's command is sent.
 *
 * HELLO or AUTH must succeed, and SELECT where the database is not 0. What merely describes us (CLIENT SETNAME, SETINFO, ID) is best
 * effort, since a restricted user may lack the permission. A server that refuses HELLO itself is spoken to in RESP2.
 */
export async function handshake(
  call: Call,
  settings: ConnectionSettings,
  state: Readonly<SessionState>,
  credentials: Credentials | undefined,
): Promise<Greeting> {
  if (settings.protocol === 3) {
    // HELLO goes first with the rest behind it; on a server that does not know it, the rest is said again after AUTH.
    const hello = call(command('HELLO'), ['3', ...(credentials === undefined ? [] : ['AUTH', ...named(credentials)])]);
    const rest = outcomeOf(introduce(call, settings, state));
    const greeting = await outcomeOf(hello);
    if (greeting.status === 'fulfilled') {
      valueOf(await rest);
      const read: Greeting = { ...readHello(greeting.value), protocol: 3 };
      await check(call, settings, read.role);
      if (settings.locator?.redirect !== undefined && roleOf(read.role) === 'primary') await askForRedirects(call);
      return read;
    }
    // A refusal counts at once: the connection may be closed before the rest is answered.
    if (!isWithoutHello(greeting.reason, credentials !== undefined)) throw greeting.reason;
    await rest;
  }
  if (settings.tracking !== undefined) {
    throw new ConnectionError(
      `${endpointOf(settings.address)} does not speak RESP3, which caching needs: leave out the option cache`,
      { code: 'CACHE_NEEDS_RESP3', endpoint: endpointOf(settings.address) },
    );
  }
  const auth = credentials === undefined ? undefined : outcomeOf(call(command('AUTH'), authArguments(credentials)));
  const rest = outcomeOf(introduce(call, settings, state));
  const id = outcomeOf(optional(call(command('CLIENT ID'), [])));
  const role = settings.locator === undefined ? undefined : outcomeOf(optional(call(command('ROLE'), [])));
  if (auth !== undefined) valueOf(await auth);
  valueOf(await rest);
  const number = valueOf(await id);
  const found = role === undefined ? undefined : roleIn(valueOf(await role));
  await check(call, settings, found);
  return {
    protocol: 2,
    id: typeof number === 'number' ? number : undefined,
    version: undefined,
    server: undefined,
    role: found,
    mode: undefined,
  };
}

/**
 * Lets a primary say who takes over when it steps down, instead of refusing writes. Older servers do not know of it. A replica is not
 * asked, which is why this comes after HELLO: it would send reads away as well.
 */
async function askForRedirects(call: Call): Promise<void> {
  await optional(call(command('CLIENT CAPA'), ['redirect']));
}

/**
 * Sees that the server is what it has to be, and serves. HELLO has told its role, or ROLE, unless the user lacks the permission: then
 * nothing is known, and nothing said against it.
 */
async function check(call: Call, settings: ConnectionSettings, told: string | undefined): Promise<void> {
  const { role } = settings;
  if (role !== undefined) {
    if (told !== undefined && roleOf(told) !== role) {
      const endpoint = endpointOf(settings.address);
      const message = `${endpoint} is no ${role}: it says that it is a ${roleOf(told) ?? told}`;
      throw new ConnectionError(message, { code: 'WRONG_ROLE', endpoint });
    }
  }
  if (settings.checkConnection === true) await call(command('PING'), []);
}

function roleIn(reply: unknown): string | undefined {
  return Array.isArray(reply) && typeof reply[0] === 'string' ? reply[0] : undefined;
}

/** What became of a promise. From the call on, its rejection counts as handled, however late it is looked at. */
async function outcomeOf<T>(promise: Promise<T>): Promise<PromiseSettledResult<T>> {
  const [outcome] = await Promise.allSettled([promise]);
  return outcome;
}

function valueOf<T>(outcome: PromiseSettledResult<T>): T {
  if (outcome.status === 'rejected') throw outcome.reason;
  return outcome.value;
}

/** The credentials of the options, or of the last AUTH. */
export function ownCredentials(state: Readonly<SessionState>): Credentials | undefined {
  return state.password === undefined ? undefined : { username: state.username, password: state.password };
}

/** HELLO wants a user name, whose default is `default`. */
function named(credentials: Credentials): [string, string] {
  return [credentials.username ?? 'default', credentials.password];
}

/** AUTH of an old server takes the password alone. */
export function authArguments({ username, password }: Credentials): string[] {
  return username === undefined ? [password] : [username, password];
}

/** A server that lacks HELLO, or keeps it from this user, may know AUTH all the same. */
function isWithoutHello(error: unknown, hadCredentials: boolean): boolean {
  if (!(error instanceof ResponseError)) return false;
  // To those who are nobody yet, a server does not say that it lacks a command.
  if (error.prefix === 'NOAUTH') return hadCredentials;
  return error.prefix === 'NOPROTO' || error.prefix === 'NOPERM' || /unknown command/i.test(error.message);
}

/** Whether the server would have taken other credentials. */
export function isRefusal(error: unknown): error is ResponseError {
  if (!(error instanceof ResponseError)) return false;
  return error.prefix === 'WRONGPASS' || /invalid password|invalid username-password/i.test(error.message);
}

async function introduce(call: Call, settings: ConnectionSettings, state: Readonly<SessionState>): Promise<void> {
  const replies: Promise<unknown>[] = [];
  if (state.db !== 0) replies.push(call(command('SELECT'), [state.db]));
  if (state.readonly) replies.push(call(command('READONLY'), []));
  if (settings.tracking !== undefined) replies.push(call(command('CLIENT TRACKING'), settings.tracking));
  if (state.clientName !== undefined) replies.push(optional(call(command('CLIENT SETNAME'), [state.clientName])));
  if (settings.libName !== undefined)
    replies.push(optional(call(command('CLIENT SETINFO'), ['LIB-NAME', settings.libName])));
  if (settings.libVersion !== undefined)
    replies.push(optional(call(command('CLIENT SETINFO'), ['LIB-VER', settings.libVersion])));
  if (state.noEvict) replies.push(optional(call(command('CLIENT NO-EVICT'), ['ON'])));
  if (state.noTouch) replies.push(optional(call(command('CLIENT NO-TOUCH'), ['ON'])));
  for (const outcome of await Promise.allSettled(replies)) valueOf(outcome);
}

/**
 * The reply, or `undefined` when the server would not give one. A lost connection passes; so does NOAUTH, since without HELLO or AUTH
 * it is the only sign that the server wants a password.
 */
async function optional(reply: Promise<unknown>): Promise<unknown> {
  try {
    return await reply;
  } catch (error) {
    if (error instanceof ResponseError && error.prefix !== 'NOAUTH') return undefined;
    throw error;
  }
}

/** HELLO's map, which arrives as a flat array of names and values. */
function readHello(reply: unknown): Omit<Greeting, 'protocol'> {
  const fields = new Map<unknown, unknown>();
  if (Array.isArray(reply)) for (let i = 0; i + 1 < reply.length; i += 2) fields.set(reply[i], reply[i + 1]);
  const text = (name: string): string | undefined => {
    const value = fields.get(name);
    return typeof value === 'string' ? value : undefined;
  };
  const id = fields.get('id');
  return {
    id: typeof id === 'number' ? id : undefined,
    version: text('version'),
    server: text('server'),
    role: text('role'),
    mode: text('mode'),
  };
}

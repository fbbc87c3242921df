import { command, type Spec } from '../commands/spec.ts';
import { ResponseError } from '../errors.ts';
import type { Argument } from '../protocol/encoder.ts';
import type { ConnectionSettings, Credentials, SessionState } from './settings.ts';

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
 * HELLO, AUTH and SELECT must succeed. What merely describes us (CLIENT SETNAME, SETINFO, ID) is best effort, since a restricted
 * user may lack the permission.
 */
export async function handshake(call: Call, settings: ConnectionSettings, state: Readonly<SessionState>): Promise<Greeting> {
  const { credentialProvider } = settings;
  const credentials = credentialProvider === undefined ? ownCredentials(state) : await credentialProvider.getCredentials();
  if (settings.protocol === 3) {
    // HELLO goes alone with the rest behind it; on a server that does not know it, the rest is said again after AUTH.
    const hello = call(command('HELLO'), ['3', ...(credentials === undefined ? [] : ['AUTH', ...named(credentials)])]);
    const rest = introduce(call, settings, state);
    const [greeting, introduced] = await Promise.allSettled([hello, rest]);
    if (greeting.status === 'fulfilled') {
      if (introduced.status === 'rejected') throw introduced.reason;
      return { ...readHello(greeting.value), protocol: 3 };
    }
    if (!isUnknownHello(greeting.reason)) throw greeting.reason;
  }
  const authenticated = credentials === undefined ? undefined : call(command('AUTH'), authArguments(credentials));
  const rest = introduce(call, settings, state);
  const id = bestEffort(call(command('CLIENT ID'), []));
  const [auth, introduced] = await Promise.allSettled([authenticated, rest]);
  if (auth.status === 'rejected') throw auth.reason;
  if (introduced.status === 'rejected') throw introduced.reason;
  const number = await id;
  return {
    protocol: 2,
    id: typeof number === 'number' ? number : undefined,
    version: undefined,
    server: undefined,
    role: undefined,
    mode: undefined,
  };
}

function ownCredentials(state: Readonly<SessionState>): Credentials | undefined {
  return state.password === undefined ? undefined : { username: state.username, password: state.password };
}

/** HELLO wants a user name, whose default is `default`. */
function named(credentials: Credentials): [string, string] {
  return [credentials.username ?? 'default', credentials.password];
}

/** AUTH of an old server takes the password alone. */
function authArguments({ username, password }: Credentials): string[] {
  return username === undefined ? [password] : [username, password];
}

function isUnknownHello(error: unknown): boolean {
  return error instanceof ResponseError && (error.prefix === 'NOPROTO' || /unknown command/i.test(error.message));
}

async function introduce(call: Call, settings: ConnectionSettings, state: Readonly<SessionState>): Promise<void> {
  const needed: Promise<unknown>[] = [];
  const optional: Promise<unknown>[] = [];
  if (state.db !== 0) needed.push(call(command('SELECT'), [state.db]));
  if (state.readonly) needed.push(call(command('READONLY'), []));
  if (state.clientName !== undefined) optional.push(call(command('CLIENT SETNAME'), [state.clientName]));
  if (settings.libName !== undefined) optional.push(call(command('CLIENT SETINFO'), ['LIB-NAME', settings.libName]));
  if (settings.libVersion !== undefined) optional.push(call(command('CLIENT SETINFO'), ['LIB-VER', settings.libVersion]));
  if (state.noEvict) optional.push(call(command('CLIENT NO-EVICT'), ['ON']));
  if (state.noTouch) optional.push(call(command('CLIENT NO-TOUCH'), ['ON']));
  // Without HELLO or AUTH, the first refusal is the only sign that the server wants a password.
  const [required, described] = await Promise.all([Promise.allSettled(needed), Promise.allSettled(optional)]);
  for (const result of required) if (result.status === 'rejected') throw result.reason;
  for (const result of described) {
    if (result.status === 'rejected' && !(result.reason instanceof ResponseError && result.reason.prefix !== 'NOAUTH')) {
      throw result.reason;
    }
  }
}

/** The reply, or `undefined` when the server would not give one. A lost connection is another matter and passes. */
async function bestEffort(reply: Promise<unknown>): Promise<unknown> {
  try {
    return await reply;
  } catch (error) {
    if (error instanceof ResponseError) return undefined;
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

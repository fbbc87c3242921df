import { setTimeout as sleep } from 'node:timers/promises';
import { ConnectionError, Valkey, WatchError, type CredentialProvider, type Credentials } from '../../src/index.ts';
import { FaultProxy, ValkeyServer } from '../../src/testing/index.ts';
import { Random } from './random.ts';

/** What came of commands whose user's password was replaced again and again. */
export interface RotationReport {
  readonly rotations: number;
  /** Connections that were made. */
  readonly dials: number;
  /** Commands on connections that stood which put a new password to use. */
  readonly renewals: number;
  readonly answered: number;
  readonly popped: number;
  readonly committed: number;
  readonly messages: number;
  /** Commands whose connection was lost, so that they may have run. */
  readonly lost: number;
  /** New passwords that a connection could not put to use, and did without until the next. */
  readonly missed: number;
  /** What must not happen; empty, or the client is broken. */
  readonly wrong: readonly string[];
  readonly milliseconds: number;
}

export interface RotationOptions {
  readonly milliseconds: number;
  /** Milliseconds between two rotations. */
  readonly interval: number;
  readonly seed: number;
  readonly protocol: 2 | 3;
  /** Both passwords are valid for half of that time; otherwise the old one goes as the new one comes. */
  readonly overlap: boolean;
}

const USER = 'app';
const LOSSES =
  /connection to \S+ was lost|closed the connection during the handshake|the peer (reset|closed) the connection/;

/** Credentials in a vault, which gives none while it replaces them. */
class Vault implements CredentialProvider {
  readonly #listeners: Set<() => void> = new Set();
  #current = 'key 0';
  #replacing: Promise<void> = Promise.resolve();

  async getCredentials(): Promise<Credentials> {
    await this.#replacing;
    return { username: USER, password: this.#current };
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  async replace(password: string, atServer: () => Promise<unknown>): Promise<void> {
    this.#replacing = (async () => {
      await atServer();
      this.#current = password;
    })();
    await this.#replacing;
    for (const listener of [...this.#listeners]) listener();
  }
}

/** Whether anything in an error is about the password. */
function isAboutPassword(error: unknown): boolean {
  for (let each = error; each instanceof Error; each = each.cause) {
    if (/NOAUTH|WRONGPASS|NOPERM|username or password/.test(each.message) || each.name === 'AuthenticationError')
      return true;
  }
  return false;
}

/** A client of everything that makes connections, while the password is replaced and connections are cut. */
export async function rotationUnderLoad(options: RotationOptions): Promise<RotationReport> {
  const { milliseconds, interval, protocol, overlap } = options;
  const random = new Random(options.seed);
  const start = performance.now();
  const end = start + milliseconds;
  await using server = await ValkeyServer.start({ password: 'of the admin' });
  await using proxy = await FaultProxy.start(server);
  await using admin = new Valkey(server.url);
  await admin.aclSetuser(USER, ['reset', 'on', '>key 0', '+@all', '~*', '&*']);
  const vault = new Vault();
  const client = new Valkey({ port: proxy.port, protocol, credentialProvider: vault });
  const counts = { rotations: 0, answered: 0, popped: 0, committed: 0, messages: 0, lost: 0, missed: 0 };
  const wrong: string[] = [];
  client.events.on('rotationFailed', () => void counts.missed++);

  const isOver = (): boolean => performance.now() > end;
  const look = (what: string, error: unknown): void => {
    // A session is no more than a connection: it is lost with it, and so is one that is being made.
    if (error instanceof ConnectionError && LOSSES.test(error.message) && !isAboutPassword(error)) counts.lost++;
    else if (!(error instanceof WatchError) || isAboutPassword(error)) wrong.push(`${what}: ${String(error)}`);
  };
  const work = async (what: string, run: () => Promise<unknown>): Promise<void> => {
    while (!isOver() && wrong.length < 20) {
      try {
        await run();
      } catch (error) {
        look(what, error);
      }
    }
  };

  const pubsub = client.pubsub({ ignoreSubscribeMessages: true, onError: (error) => look('a subscription', error) });
  await pubsub.subscribe('news', () => void counts.messages++);
  await Promise.all([
    rotate(),
    fire(),
    feed(),
    ...Array.from({ length: 4 }, () => work('a command', command)),
    ...Array.from({ length: 4 }, (_, i) => work('a pop', () => pop(`queue ${i}`))),
    ...Array.from({ length: 2 }, () => work('a session', session)),
    work('a transaction', async () => {
      const [count] = await client.multi().incr('sum').get('sum').execute();
      if (count > 0) counts.committed++;
    }),
  ]);
  const renewals = Number(
    /cmdstat_auth:calls=(\d+)/.exec(String(await admin.executeCommand('INFO', 'commandstats')))?.[1] ?? 0,
  );
  await pubsub.close();
  await client.close();
  return { ...counts, dials: proxy.accepted, renewals, wrong, milliseconds: Math.round(performance.now() - start) };

  async function rotate(): Promise<void> {
    let old = 'key 0';
    while (!isOver()) {
      await sleep(interval / 2);
      const password = `key ${++counts.rotations}`;
      const rules = overlap ? [`>${password}`] : ['resetpass', `>${password}`];
      await vault.replace(password, () => admin.aclSetuser(USER, rules));
      await sleep(interval / 2);
      if (overlap) await admin.aclSetuser(USER, [`<${old}`]);
      old = password;
    }
  }

  /** Cuts some connections, by the network or by the server. */
  async function fire(): Promise<void> {
    while (!isOver()) {
      await sleep(interval * (0.2 + random.next()));
      if (random.chance(0.5)) proxy.cut();
      else await admin.executeCommand('CLIENT', 'KILL', 'USER', USER);
    }
  }

  /** What those who block wait for. */
  async function feed(): Promise<void> {
    while (!isOver()) {
      await admin.rpush(`queue ${counts.answered % 4}`, 'x');
      await admin.publish('news', 'x');
      await sleep(5);
    }
  }

  async function command(): Promise<void> {
    const calls = [client.get('key'), client.set('key', 'value'), client.incr('count'), client.lrange('list', 0, -1)];
    for (const outcome of await Promise.allSettled(calls)) {
      if (outcome.status === 'fulfilled') counts.answered++;
      else look('a command', outcome.reason);
    }
    await sleep(1);
  }

  async function pop(queue: string): Promise<void> {
    if ((await client.blpop(queue, 0.2)) !== null) counts.popped++;
  }

  async function session(): Promise<void> {
    await using own = await client.session();
    await own.watch('sum');
    const sum = Number(await own.get('sum'));
    await own.multi();
    await Promise.all([own.set('sum', sum + 1), own.get('sum')]);
    if ((await own.exec()) !== null) counts.committed++;
    await sleep(1);
  }
}

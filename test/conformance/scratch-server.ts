import { Valkey } from '../../src/client/valkey.ts';
import { ValkeyServer } from '../../src/testing/index.ts';

/** What cannot be set while a server runs, or is another on every server. */
const FIXED = new Set(['bind', 'port', 'save']);

/** A server that can be made as it was when it started: without data, scripts and users, and with its first configuration. */
export class ScratchServer implements AsyncDisposable {
  readonly #server: ValkeyServer;
  readonly #admin: Valkey;
  readonly #configuration: ReadonlyMap<string, string>;

  private constructor(server: ValkeyServer, admin: Valkey, configuration: ReadonlyMap<string, string>) {
    this.#server = server;
    this.#admin = admin;
    this.#configuration = configuration;
  }

  static async start(): Promise<ScratchServer> {
    const server = await ValkeyServer.start({ version: '9.1', args: ['--enable-debug-command', 'yes'] });
    const admin = new Valkey({ port: server.port, singleConnectionClient: true });
    return new ScratchServer(server, admin, await configurationOf(admin));
  }

  get port(): number {
    return this.#server.port;
  }

  async reset(): Promise<void> {
    const admin = this.#admin;
    const [now, users] = await Promise.all([
      configurationOf(admin),
      admin.executeCommand<string[]>('ACL', 'USERS'),
      admin.executeCommand('ACL', 'SETUSER', 'default', 'reset', 'on', 'nopass', '~*', '&*', '+@all'),
      ...['FLUSHALL', 'SCRIPT FLUSH', 'FUNCTION FLUSH', 'CLIENT UNPAUSE', 'SLOWLOG RESET', 'CONFIG RESETSTAT'].map(
        (name) => admin.executeCommand(name),
      ),
      admin.executeCommand('ACL', 'LOG', 'RESET'),
    ]);
    const others = users.filter((user) => user !== 'default');
    const changed = [...this.#configuration].filter(([name, value]) => now.get(name) !== value && !FIXED.has(name));
    await Promise.all([
      ...others.map((user) => admin.executeCommand('ACL', 'DELUSER', user)),
      ...changed.map(([name, value]) => admin.executeCommand('CONFIG', 'SET', name, value)),
    ]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#admin.close();
    await this.#server.stop();
  }
}

async function configurationOf(admin: Valkey): Promise<Map<string, string>> {
  const flat = await admin.executeCommand<string[]>('CONFIG', 'GET', '*');
  const configuration = new Map<string, string>();
  for (let i = 0; i < flat.length; i += 2) configuration.set(flat[i]!, flat[i + 1]!);
  return configuration;
}

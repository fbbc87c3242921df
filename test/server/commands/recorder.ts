import { SessionCommands } from '../../../src/commands/index.ts';

/** A call that succeeded, and what it gave. */
export interface Call {
  /** The path from the client to the method: `zadd`, `json.set`. */
  readonly method: string;
  readonly args: readonly unknown[];
  readonly reply: unknown;
}

/** Names of the clients' methods that give something whose calls are of the same types. */
const SAME_TYPES = ['session', 'connect'];

/** The client, with every successful call of a command written down in `calls`. */
export function recorded<C extends object>(client: C, calls: Call[]): C {
  return wrap(client, '', calls);
}

function wrap<T extends object>(target: T, path: string, calls: Call[]): T {
  return new Proxy(target, {
    get(_, name): unknown {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof name === 'symbol') return typeof value === 'function' ? value.bind(target) : value;
      if (isNamespace(value)) return wrap(value, `${path}${name}.`, calls);
      if (typeof value !== 'function') return value;
      const isCommand = path !== '' || name in SessionCommands.prototype;
      return (...args: unknown[]): unknown => {
        const result: unknown = Reflect.apply(value, target, args);
        if (!(result instanceof Promise)) return result;
        if (SAME_TYPES.includes(name)) return result.then((given: object) => wrap(given, path, calls));
        if (isCommand) result.then((reply) => calls.push({ method: path + name, args, reply }), ignore);
        return result;
      };
    },
  });
}

function isNamespace(value: unknown): value is object {
  return value instanceof Object && typeof value !== 'function' && 'send' in value;
}

/** The test that made the call sees the error. */
function ignore(): void {}

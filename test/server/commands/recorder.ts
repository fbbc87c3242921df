import { SessionCommands } from '../../../src/commands/index.ts';

/** A call that succeeded, and what it gave. */
export interface Call {
  /** Whether it was called on the client or on a session of it. */
  readonly on: 'client' | 'session';
  /** The path from there to the method: `zadd`, `json.set`. */
  readonly method: string;
  readonly args: readonly unknown[];
  readonly reply: unknown;
}

/** The client, with every successful call of a command written down in `calls`. */
export function recorded<C extends object>(client: C, calls: Call[]): C {
  return wrap(client, 'client', '', calls);
}

function wrap<T extends object>(target: T, on: Call['on'], path: string, calls: Call[]): T {
  return new Proxy(target, {
    get(_, name): unknown {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof name === 'symbol') return typeof value === 'function' ? value.bind(target) : value;
      if (isNamespace(value)) return wrap(value, on, `${path}${name}.`, calls);
      if (typeof value !== 'function') return value;
      const isCommand = path !== '' || name in SessionCommands.prototype;
      return (...args: unknown[]): unknown => {
        const result: unknown = Reflect.apply(value, target, args);
        if (!(result instanceof Promise)) return result;
        if (name === 'session') return result.then((given: object) => wrap(given, 'session', path, calls));
        if (isCommand) result.then((reply) => calls.push({ on, method: path + name, args, reply }), ignore);
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

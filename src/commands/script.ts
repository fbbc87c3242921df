import { createHash } from 'node:crypto';
import { DataError } from '../errors.ts';
import type { Many } from './argument.ts';
import { toNatural } from './reply.ts';
import { command, Spec, type Code, type Decoder } from './spec.ts';
import { FACTS } from './specs.gen.ts';
import type { Key, Value } from './surface.ts';

/** How a script or function is called. */
export interface CallableOptions<R> {
  /** How many keys it takes. When said, a call with another number is refused before it is sent. */
  readonly keys?: number;
  /** It writes nothing, so that it may be repeated after a lost connection, and run by replicas. Default false. */
  readonly readOnly?: boolean;
  /** Turns the natural reply into what the call gives. */
  readonly reply?: Decoder<R>;
}

/** Code on the server that `run` calls with keys and arguments. */
export abstract class Callable<out R> {
  /** Exists for the compiler only. */
  declare readonly '~reply': R;
  /** The command that calls it. @internal */
  readonly spec: Spec;
  readonly decode: Decoder<R>;
  /** How it is named in that command: a digest, or the function's name. */
  readonly id: string;
  readonly #keys: number | undefined;

  constructor(spec: Spec, id: string, options: CallableOptions<R>) {
    const { keys, reply = toNatural<R> } = options;
    if (keys !== undefined && !(Number.isInteger(keys) && keys >= 0)) {
      throw new DataError('keys must be the number of keys', { code: 'INVALID_OPTION' });
    }
    this.spec = spec;
    this.id = id;
    this.decode = reply;
    this.#keys = keys;
  }

  /** The arguments of a call. @internal */
  arguments(keys: Many<Key>, args: Many<Value>): Value[] {
    const names = Array.isArray(keys) ? (keys as readonly Key[]) : [keys as Key];
    if (this.#keys !== undefined && names.length !== this.#keys) {
      const message = `${this.spec.name}: the code takes ${this.#keys} keys, and was given ${names.length}`;
      throw new DataError(message, { code: 'INVALID_ARGUMENT', command: this.spec.name });
    }
    return [this.id, names.length, ...names, ...(Array.isArray(args) ? (args as readonly Value[]) : [args as Value])];
  }
}

/**
 * A Lua script, known by its digest. Made by `client.registerScript(lua)`, and run on any client, pipeline or transaction.
 *
 * The first call on a connection sends the script itself, later ones its digest; a server that has lost it gets it again. A call
 * never fails for want of the script, and never runs twice.
 */
export class Script<out R = unknown> extends Callable<R> {
  readonly lua: string;

  constructor(lua: string, options: CallableOptions<R> = {}) {
    if (typeof lua !== 'string') throw new DataError('a script is text', { code: 'INVALID_ARGUMENT' });
    const digested = options.readOnly ? 'EVALSHA_RO' : 'EVALSHA';
    const whole = options.readOnly ? 'EVAL_RO' : 'EVAL';
    const id = createHash('sha1').update(lua).digest('hex');
    const code: Code = { id, text: lua, script: { byDigest: command(digested), whole: command(whole) } };
    super(new Spec(digested, FACTS[digested], { code }), id, options);
    this.lua = lua;
  }

  /** The SHA-1 of the script, in hexadecimal. */
  get sha1(): string {
    return this.id;
  }
}

/** A function of a library. Made by `library.function(name)`, and run as scripts are. */
export class LibraryFunction<out R = unknown> extends Callable<R> {
  readonly library: Library;

  /** Use `library.function(name)`. @internal */
  constructor(library: Library, name: string, options: CallableOptions<R>) {
    const fcall = options.readOnly ? 'FCALL_RO' : 'FCALL';
    super(new Spec(fcall, FACTS[fcall], { code: { id: library.name, text: library.code } }), name, options);
    this.library = library;
  }
}

/**
 * A library of functions. Made by `client.registerLibrary(code)`.
 *
 * A function that the server does not have is run after its library was loaded, in place of one of the same name. A library that is
 * there is left as it is: load a new version with `functionLoad`.
 */
export class Library {
  readonly code: string;
  /** As its first line says: `#!lua name=mylib`. */
  readonly name: string;

  constructor(code: string) {
    const name = /^#!\S+.*\bname=(\S+)/.exec(code)?.[1];
    if (name === undefined) {
      throw new DataError('a library begins with a line like #!lua name=mylib', { code: 'INVALID_ARGUMENT' });
    }
    this.code = code;
    this.name = name;
  }

  /** A function of the library, to be given to `run`. */
  function<R = unknown>(name: string, options: CallableOptions<R> = {}): LibraryFunction<R> {
    return new LibraryFunction<R>(this, name, options);
  }
}

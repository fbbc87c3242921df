import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inspect } from 'node:util';

import * as errors from '../../src/errors.ts';

/** The same module, loaded a second time, as when two packages bring a copy each. */
const another: string = new URL('../../src/errors.ts?copy=2', import.meta.url).href;
const copy = (await import(another)) as typeof errors;

const TIMEOUT: errors.TimeoutDetails = { phase: 'sent', elapsed: 5, inFlight: 2, loopDelay: 1 };

interface Sort {
  readonly name: string;
  readonly make: (from: typeof errors, details?: errors.ErrorDetails) => errors.ValkeyError;
  /** The names of the classes it is an instance of, without its own and the root. */
  readonly parents: readonly string[];
  readonly code: string;
}

const SORTS: readonly Sort[] = [
  {
    name: 'ValkeyError',
    make: (from, details) => new from.ValkeyError('m', details),
    parents: [],
    code: 'VALKEY_ERROR',
  },
  { name: 'DataError', make: (from, details) => new from.DataError('m', details), parents: [], code: 'INVALID_DATA' },
  {
    name: 'ConnectionError',
    make: (from, details) => new from.ConnectionError('m', details),
    parents: [],
    code: 'CONNECTION_LOST',
  },
  {
    name: 'AuthenticationError',
    make: (from, details) => new from.AuthenticationError('m', details),
    parents: ['ConnectionError'],
    code: 'AUTHENTICATION_FAILED',
  },
  {
    name: 'MaxConnectionsError',
    make: (from, details) => new from.MaxConnectionsError('m', details),
    parents: ['ConnectionError'],
    code: 'MAX_CONNECTIONS',
  },
  {
    name: 'PrimaryNotFoundError',
    make: (from, details) => new from.PrimaryNotFoundError('m', details),
    parents: ['ConnectionError'],
    code: 'PRIMARY_NOT_FOUND',
  },
  {
    name: 'TimeoutError',
    make: (from, details) => new from.TimeoutError('m', { ...TIMEOUT, ...details }),
    parents: [],
    code: 'TIMEOUT',
  },
  { name: 'AbortError', make: (from, details) => new from.AbortError('m', details), parents: [], code: 'ABORTED' },
  {
    name: 'QueueFullError',
    make: (from, details) => new from.QueueFullError('m', details),
    parents: [],
    code: 'QUEUE_FULL',
  },
  {
    name: 'PubSubError',
    make: (from, details) => new from.PubSubError('m', details),
    parents: [],
    code: 'PUBSUB_ERROR',
  },
  {
    name: 'ProtocolError',
    make: (from, details) => new from.ProtocolError('m', details),
    parents: [],
    code: 'PROTOCOL_ERROR',
  },
  {
    name: 'ClusterError',
    make: (from, details) => new from.ClusterError('m', details),
    parents: [],
    code: 'CLUSTER_ERROR',
  },
  {
    name: 'SlotNotCoveredError',
    make: (from, details) => new from.SlotNotCoveredError('m', details),
    parents: ['ClusterError'],
    code: 'SLOT_NOT_COVERED',
  },
  { name: 'LockError', make: (from, details) => new from.LockError('m', details), parents: [], code: 'LOCK_ERROR' },
  {
    name: 'LockNotOwnedError',
    make: (from, details) => new from.LockNotOwnedError('m', details),
    parents: ['LockError'],
    code: 'LOCK_NOT_OWNED',
  },
  {
    name: 'ResponseError',
    make: (from, details) => from.responseError('WRONGTYPE m', details),
    parents: [],
    code: 'WRONGTYPE',
  },
  ...(
    [
      ['NoScriptError', 'NOSCRIPT'],
      ['ReadOnlyError', 'READONLY'],
      ['LoadingError', 'LOADING'],
      ['BusyError', 'BUSY'],
      ['NoPermissionError', 'NOPERM'],
      ['ExecAbortError', 'EXECABORT'],
      ['CrossSlotError', 'CROSSSLOT'],
      ['MovedError', 'MOVED'],
      ['AskError', 'ASK'],
      ['TryAgainError', 'TRYAGAIN'],
      ['ClusterDownError', 'CLUSTERDOWN'],
      ['PrimaryDownError', 'MASTERDOWN'],
    ] as const
  ).map(([name, code]): Sort => ({
    name,
    make: (from, details) => from.responseError(`${code} some text`, details),
    parents: ['ResponseError'],
    code,
  })),
];

type ErrorClass = abstract new (...args: never) => Error;

/** Every class of the module, by its name. */
function classesOf(from: typeof errors): (readonly [string, ErrorClass])[] {
  return Object.entries<unknown>(from).flatMap(([name, value]) =>
    typeof value === 'function' && value.prototype instanceof Error
      ? [[name, value as unknown as ErrorClass] as const]
      : [],
  );
}

describe('errors', () => {
  it('are loaded twice, for this test', () => {
    const names = classesOf(errors).map(([name]) => name);
    assert.deepEqual(
      classesOf(copy).map(([name]) => name),
      names,
    );
    for (const { name } of SORTS) assert.ok(names.includes(name), name);
    assert.notEqual(copy.ValkeyError, errors.ValkeyError);
  });

  for (const { name, make, parents, code } of SORTS) {
    it(`${name} has its name, its code and a stack`, () => {
      const error = make(errors);
      assert.equal(error.name, name);
      assert.equal(error.code, code);
      assert.equal(error.constructor.name, name);
      assert.equal(error.command, undefined);
      assert.equal(error.endpoint, undefined);
      assert.equal('cause' in error, false);
      assert.match(String(error.stack), /errors\.test\.ts/);
      assert.ok(String(error).startsWith(`${name}: `));
      assert.ok(!Object.keys(error).includes('name'));
      assert.ok(error instanceof Error);
      assert.equal(Object.prototype.toString.call(error), '[object Error]');
    });

    it(`${name} carries command, endpoint, cause and a code of its own`, () => {
      const cause = new Error('why');
      const error = make(errors, { command: 'GET', endpoint: 'h:1', cause, code: 'OTHER' });
      assert.deepEqual([error.command, error.endpoint, error.code, error.cause], ['GET', 'h:1', 'OTHER', cause]);
      assert.equal(Object.keys(error).includes('cause'), false);
      assert.match(inspect(error), /\[cause\]: Error: why/);
    });

    it(`${name} is an instance of its classes, and of no others, across two copies`, () => {
      for (const from of [errors, copy]) {
        const error = make(from);
        for (const of of [errors, copy]) {
          for (const [other, type] of classesOf(of)) {
            const wanted = other === 'ValkeyError' || other === name || parents.includes(other);
            assert.equal(error instanceof type, wanted, `${name} instanceof ${other}`);
          }
        }
      }
    });
  }

  it('tell nothing else from what is no error of ours', () => {
    for (const value of [
      undefined,
      null,
      0,
      '',
      'ValkeyError',
      {},
      [],
      new Error('x'),
      Object.create(null),
      { name: 'ValkeyError' },
      () => 0,
    ]) {
      for (const [, type] of classesOf(errors)) assert.equal(value instanceof type, false);
    }
  });
});

describe('subclasses of a user', () => {
  class Mine extends errors.ConnectionError {
    readonly extra = 1;
  }
  class Deeper extends Mine {}
  class Other extends errors.ConnectionError {}
  class Named extends errors.ValkeyError {
    static override readonly kind: string = 'Named';
  }

  it('are told apart, and are what they extend', () => {
    const mine = new Mine('m', { sent: true });
    assert.ok(mine instanceof Mine);
    assert.ok(mine instanceof errors.ConnectionError);
    assert.ok(mine instanceof copy.ConnectionError);
    assert.ok(mine instanceof copy.ValkeyError);
    assert.ok(!(mine instanceof Other));
    assert.ok(!(mine instanceof Deeper));
    assert.ok(!(mine instanceof errors.AuthenticationError));
    assert.ok(new Deeper('m') instanceof Mine);
    assert.ok(!(new errors.ConnectionError('m') instanceof Mine));
    assert.ok(!(new copy.ConnectionError('m') instanceof Mine));
    assert.deepEqual([mine.sent, mine.extra, mine.code], [true, 1, 'CONNECTION_LOST']);
  });

  it('may have a kind of their own', () => {
    const named = new Named('m');
    assert.ok(named instanceof Named);
    assert.ok(named instanceof copy.ValkeyError);
    assert.ok(!(new errors.ValkeyError('m') instanceof Named));
    assert.equal(named.name, 'Named');
  });

  it('work with values that are no errors', () => {
    const values: readonly unknown[] = [undefined, null, 1, {}, new Error('m')];
    for (const value of values) assert.equal(value instanceof Mine, false);
  });
});

describe('what errors say of whether a command ran', () => {
  it('is sent, for lost connections and aborts', () => {
    for (const Type of [
      errors.ConnectionError,
      errors.AuthenticationError,
      errors.MaxConnectionsError,
      errors.AbortError,
    ]) {
      assert.equal(new Type('m').sent, false);
      assert.equal(new Type('m', { sent: true }).sent, true);
      assert.equal(new Type('m', { sent: false }).sent, false);
    }
    assert.equal(new errors.QueueFullError('m').sent, false);
  });

  it('is phase and sent, for timeouts', () => {
    const sent = new errors.TimeoutError('m', TIMEOUT);
    assert.deepEqual([sent.phase, sent.sent, sent.elapsed, sent.inFlight, sent.loopDelay], ['sent', true, 5, 2, 1]);
    const queued = new errors.TimeoutError('m', { ...TIMEOUT, phase: 'queued' });
    assert.deepEqual([queued.phase, queued.sent], ['queued', false]);
  });
});

describe('causes', () => {
  it('may be anything but undefined', () => {
    for (const cause of [null, 0, '', false, {}, new Error('x')]) {
      const error = new errors.DataError('m', { cause });
      assert.ok('cause' in error);
      assert.equal(error.cause, cause);
    }
    assert.equal('cause' in new errors.DataError('m', { cause: undefined }), false);
  });
});

describe('responseError', () => {
  for (const [message, prefix] of [
    ['ERR unknown command', 'ERR'],
    ['WRONGTYPE Operation against a key', 'WRONGTYPE'],
    ['NOAUTH Authentication required.', 'NOAUTH'],
    ['NOPROTO', 'NOPROTO'],
    ['BUSYGROUP Consumer Group name already exists', 'BUSYGROUP'],
    ['UNKILLABLE x', 'UNKILLABLE'],
    ['A-B_C9 x', 'A-B_C9'],
    ['unknown command', 'ERR'],
    ['Err x', 'ERR'],
    ['ERRx y', 'ERR'],
    ['', 'ERR'],
    [' ERR', 'ERR'],
    ['-ERR', 'ERR'],
    ['9ERR x', 'ERR'],
    ['ERR', 'ERR'],
    ['READONLY\tx', 'ERR'],
    ['READONLY\r\nx', 'ERR'],
    ['__proto__ x', 'ERR'],
    ['constructor x', 'ERR'],
    ['CONSTRUCTOR x', 'CONSTRUCTOR'],
    ['toString', 'ERR'],
    ['ÜBER x', 'ERR'],
    ['💥', 'ERR'],
  ] as const) {
    it(`takes ${prefix} from ${JSON.stringify(message)}`, () => {
      const error = errors.responseError(message);
      assert.deepEqual([error.prefix, error.code, error.message], [prefix, prefix, message]);
      assert.equal(error.constructor, errors.ResponseError);
      assert.equal(error.name, 'ResponseError');
    });
  }

  it('does not take a longer word for the code it begins with', () => {
    assert.equal(errors.responseError('BUSYKEY Target key name already exists.').constructor, errors.ResponseError);
    assert.equal(errors.responseError('BUSY scripts').constructor, errors.BusyError);
    assert.equal(errors.responseError('LOADINGX').constructor, errors.ResponseError);
  });

  it('bears messages of any length, in linear time', () => {
    for (const message of [
      'A'.repeat(2 ** 20),
      `ERR ${'x'.repeat(2 ** 20)}`,
      `${'A-'.repeat(2 ** 19)}!`,
      ' '.repeat(2 ** 20),
    ]) {
      assert.equal(errors.responseError(message).message, message);
    }
  });

  it('carries command and endpoint', () => {
    const error = errors.responseError('READONLY x', { command: 'SET', endpoint: 'h:1' });
    assert.deepEqual([error.command, error.endpoint, error.code], ['SET', 'h:1', 'READONLY']);
    assert.ok(error instanceof copy.ReadOnlyError);
  });

  it('changes no prototype', () => {
    const names = Reflect.ownKeys(Object.prototype);
    for (const name of ['__proto__', 'constructor', 'prototype', 'hasOwnProperty']) {
      errors.responseError(`${name} x`, { command: name });
      errors.responseError(`${name.toUpperCase()} x`);
    }
    assert.deepEqual(Reflect.ownKeys(Object.prototype), names);
  });
});

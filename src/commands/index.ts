import { ConnectionCommands } from './connection.ts';
import { HashCommands } from './hash.ts';
import { KeyCommands } from './key.ts';
import { ListCommands } from './list.ts';
import { SetCommands } from './set.ts';
import { StringCommands } from './string.ts';
import { Executor, type Surface } from './surface.ts';

/** Every built-in command, on one flat prototype. A surface is this and one `send`. */
// oxlint-disable-next-line typescript/no-unsafe-declaration-merging -- the mixin gives the class what the interface promises
export interface Commands<in out S extends Surface>
  extends ConnectionCommands<S>, HashCommands<S>, KeyCommands<S>, ListCommands<S>, SetCommands<S>, StringCommands<S> {}
export abstract class Commands<in out S extends Surface> extends Executor<S> {}

mixin(Commands, [ConnectionCommands, HashCommands, KeyCommands, ListCommands, SetCommands, StringCommands]);

/** Copies the methods of every family once, at load: a call costs no more than one of the class's own. */
function mixin(target: { prototype: object }, families: readonly { prototype: object }[]): void {
  for (const family of families) {
    for (const [name, property] of Object.entries(Object.getOwnPropertyDescriptors(family.prototype))) {
      if (name === 'constructor') continue;
      if (Object.hasOwn(target.prototype, name)) throw new Error(`two families have a command ${name}`);
      Object.defineProperty(target.prototype, name, property);
    }
  }
}

export type {
  ClientFilter,
  ClientInfo,
  ClientPauseOptions,
  ClientTrackingOptions,
  ClientTrackinginfoReply,
  ClientType,
  ClientUnblockOptions,
  HelloModule,
  HelloOptions,
  HelloReply,
} from './connection.ts';
export type {
  FieldExpiration,
  FieldPersistence,
  HrandfieldOptions,
  HscanFieldsPage,
  HscanOptions,
  HscanPage,
  HsetexOptions,
} from './hash.ts';
export type {
  CopyOptions,
  ExpireOptions,
  KeyType,
  MigrateOptions,
  RestoreOptions,
  ScanOptions,
  ScanPage,
  SortOptions,
  SortRoOptions,
  WaitaofReply,
} from './key.ts';
export type { ListEnd, LmpopOptions, LmpopReply, LposOptions } from './list.ts';
export type { SintercardOptions, SscanOptions, SscanPage } from './set.ts';
export type {
  LcsLengthOptions,
  LcsMatch,
  LcsMatchOptions,
  LcsMatches,
  LcsOptions,
  LcsTextOptions,
  MsetexOptions,
  SetOptions,
} from './string.ts';
export type { Entries, Exclusive, Int, Many, ReadLifetime, WriteLifetime } from './argument.ts';
export { ConnectionCommands, HashCommands, KeyCommands, ListCommands, SetCommands, StringCommands };
export { type Decoder, type Fact, Flag, Spec, command, specOf } from './spec.ts';
export {
  Executor,
  type Fields,
  type FieldsOf,
  type Integer,
  type Key,
  Namespace,
  type Result,
  type Surface,
  type Text,
  type Value,
} from './surface.ts';

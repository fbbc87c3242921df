import { Executor, type Surface } from './surface.ts';
import { StringCommands } from './string.ts';
import { HashCommands } from './hash.ts';
import { ListCommands } from './list.ts';
import { SetCommands } from './set.ts';
import { KeyCommands } from './key.ts';
/* oxlint-disable typescript/no-unsafe-declaration-merging */
export interface Commands<in out S extends Surface> extends StringCommands<S>, HashCommands<S>, ListCommands<S>, SetCommands<S>, KeyCommands<S> {}
export abstract class Commands<in out S extends Surface> extends Executor<S> {}
for (const family of [StringCommands, HashCommands, ListCommands, SetCommands, KeyCommands]) {
  for (const [name, property] of Object.entries(Object.getOwnPropertyDescriptors(family.prototype))) {
    if (name !== 'constructor') Object.defineProperty(Commands.prototype, name, property);
  }
}

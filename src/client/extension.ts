/** The types of a client that was extended: with a module's commands, or with another reply of a command. */

/** The method of a command: `configGet` of `CONFIG GET`, `clientNoEvict` of `CLIENT NO-EVICT`. */
export type MethodOf<Name extends string> = Name extends `${infer First}${' ' | '-'}${infer Rest}`
  ? `${Lowercase<First>}${Capitalize<MethodOf<Rest>>}`
  : Lowercase<Name>;

/** The arguments of a method in any of its overloads, of which there are at most six. */
type ArgumentsOf<F> = F extends {
  (...args: infer A): unknown;
  (...args: infer B): unknown;
  (...args: infer C): unknown;
  (...args: infer D): unknown;
  (...args: infer E): unknown;
  (...args: infer G): unknown;
}
  ? A | B | C | D | E | G
  : never;

/** A client whose method of the command `Name` gives `R`. */
export type WithReply<C, Name extends string, R> = (MethodOf<Name> extends infer M extends keyof C
  ? { readonly [Method in M]: (...args: ArgumentsOf<C[M]>) => Promise<R> }
  : unknown) &
  C;

/** A client with a module's commands at a property. */
export type WithModule<C, Name extends string, M> = C & { readonly [Property in Name]: M };

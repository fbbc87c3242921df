const settled = Promise.resolve();
const nothing = (): void => undefined;

/**
 * A promise that rejects with the error that `makeError` makes a turn later. When another promise is resolved with this one, the
 * engine has tied the two together by then, so that the error's stack ends in the function that awaits the other.
 */
export function rejection(makeError: () => unknown): Promise<never> {
  return settled.then(nothing).then(() => {
    throw makeError();
  });
}

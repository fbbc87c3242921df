/** Calls of commands, as data: by method, lists of arguments. Together they send every word of a command's description. */
export type Samples = Readonly<Record<string, readonly (readonly unknown[])[]>>;

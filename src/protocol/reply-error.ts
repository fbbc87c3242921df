/** An error reply as it came: `ERR unknown command`. Nested in an array (of EXEC, say) it stands where the value would. */
export class ReplyError {
  readonly message: string;
  constructor(message: string) {
    this.message = message;
  }
}

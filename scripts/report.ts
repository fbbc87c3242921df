/** Says of each run whether the client kept its promises, with the numbers. */
export class Report {
  #isBroken = false;

  get isBroken(): boolean {
    return this.#isBroken;
  }

  add(title: string, numbers: Readonly<Record<string, unknown>>, wrong: readonly unknown[]): void {
    const shown = Object.entries(numbers).map(([name, value]) => `${name} ${textOf(value)}`);
    console.log(`${wrong.length === 0 ? 'ok' : 'BROKEN'}  ${title}: ${shown.join(', ')}`);
    for (const each of wrong) console.log(`        ${String(each)}`);
    this.#isBroken ||= wrong.length > 0;
  }
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 3 });
const plain = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 });

/** Three significant digits: `1.24M`, `350K`, `0.26`. */
export function rounded(value: number): string {
  return Math.abs(value) < 10_000 ? plain.format(value) : compact.format(value);
}

/** `0.97x`, `1.15x`, `4.2x`, `12x`. */
export function times(ratio: number): string {
  const decimals = ratio >= 10 ? 0 : ratio >= 2 ? 1 : 2;
  return `${ratio.toFixed(decimals)}x`;
}

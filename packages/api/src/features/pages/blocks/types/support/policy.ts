/** Digits behind the decimal point of a currency. */
export const getMinorDigits = (currency: string): number =>
  new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2;

/** Services take amounts as `5` or `12.50`. */
function formatPlainAmount(amount: number, currency: string): string {
  const digits = getMinorDigits(currency);
  const value = amount / 10 ** digits;
  return Number.isInteger(value) ? String(value) : value.toFixed(digits);
}

export const buildAmountUrl = (amountUrl: string, amount: number, currency: string): string =>
  amountUrl.replaceAll('{amount}', formatPlainAmount(amount, currency));

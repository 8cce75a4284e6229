import { z } from 'zod';

const CURRENCIES = new Set(Intl.supportedValuesOf('currency'));

export const currencyCode = z
  .string()
  .toUpperCase()
  .refine((code) => CURRENCIES.has(code), { error: 'Enter a currency code of ISO 4217, such as EUR' })
  .meta({ example: 'EUR' })
  .describe('ISO 4217');

const MAX_PRICE = 1_000_000_000_000;

export const price = z
  .number()
  .int()
  .min(0)
  .max(MAX_PRICE)
  .describe('In the smallest unit of the currency: 1250 is 12.50 EUR, and 1250 JPY');

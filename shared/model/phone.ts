import { parsePhoneNumberFromString } from 'libphonenumber-js/min';

/** Country assumed for numbers written without an international prefix. */
export const DEFAULT_COUNTRY = 'US';
type Country = Exclude<Parameters<typeof parsePhoneNumberFromString>[1], undefined | object>;

const E164 = /^\+[1-9]\d{7,14}$/;

/**
 * The one spelling of a number that is stored and compared: E.164 (`+14155550123`) where the number is valid,
 * otherwise the digits as dialled (an extension such as `4001`, or a name such as `agent3`), lower case.
 */
export function normalizeNumber(raw: string, country: Country = DEFAULT_COUNTRY): string {
  const trimmed = raw.trim();
  if (E164.test(trimmed)) return trimmed; // most numbers come as they are stored
  if (!/^[+\d\s().\-/]+$/.test(trimmed)) return trimmed.toLowerCase();
  const digits = trimmed.replace(/[^\d+]/g, '');
  if (digits.length < 7) return digits;
  const parsed = parsePhoneNumberFromString(
    digits.startsWith('00') ? `+${digits.slice(2)}` : digits,
    country,
  );
  return parsed?.isPossible() ? parsed.number : digits;
}

/** A number as people write it in its own country's style; anything unparsable is returned as it came. */
export function formatNumber(number: string): string {
  if (!number.startsWith('+')) return number;
  return parsePhoneNumberFromString(number)?.formatInternational() ?? number;
}

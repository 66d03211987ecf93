import { appEn } from '#shared/words/app/en.ts';
import { callsEn } from '#shared/words/calls/en.ts';
import { composeWords } from '#shared/words/compose.ts';
import { customersEn } from '#shared/words/customers/en.ts';
import { interactionsEn } from '#shared/words/interactions/en.ts';
import { ivrEn } from '#shared/words/ivr/en.ts';
import { peopleEn } from '#shared/words/people/en.ts';
import { routingEn } from '#shared/words/routing/en.ts';
import { supervisionEn } from '#shared/words/supervision/en.ts';

/** Every word of the desktop and of the customer's page. The other languages have exactly these keys. */
export const en = composeWords([
  appEn,
  peopleEn,
  customersEn,
  interactionsEn,
  routingEn,
  callsEn,
  ivrEn,
  supervisionEn,
]);

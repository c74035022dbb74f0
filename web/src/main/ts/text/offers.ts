// What a provider offers, in words, and what of it is meant by what someone types.

import type { ModelOffer } from '../model/types';
import { tokens } from './format';
import { language, t } from './i18n';

const dollars = new Intl.NumberFormat(language, { style: 'currency', currency: 'USD', maximumFractionDigits: 4 });

/** "$2.00 in, $10.00 out per million tokens, 128k context": what is known of it. */
export function offerWords(m: ModelOffer): string {
  const { inputPricePerMillion: input, outputPricePerMillion: output, contextLength } = m;
  const price = m.free
    ? t('model.free')
    : input === null || output === null
      ? t('model.noprice')
      : t('model.price', { input: dollars.format(input), output: dollars.format(output) });
  return contextLength === null ? price : t('model.context', { price, n: tokens(contextLength) });
}

/** Those that have every word in their id, their name, or the word for what costs nothing. */
export function matching(offers: readonly ModelOffer[], typed: string): readonly ModelOffer[] {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  return offers.filter((m) => {
    const all = `${m.id} ${m.name} ${m.free ? t('model.free') : ''}`.toLowerCase();
    return words.every((word) => all.includes(word));
  });
}

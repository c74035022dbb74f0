// What a guest may reach, in words.

import type { Policy } from '../model/types';
import { line } from './format';
import { t } from './i18n';

/** Characters of an allow-list in one line of the transcript. */
const LISTED = 200;

/** What a guest may reach, as one sentence. */
export function egressWords({ policy, allow }: { policy: Policy['policy']; allow: readonly string[] }): string {
  switch (policy) {
    case 'internet':
      return t('egress.internet');
    case 'allowlist':
      return allow.length === 0 ? t('egress.none') : t('egress.allowlist', { allow: line(allow.join(', '), LISTED) });
    case 'none':
      return t('egress.none');
  }
}

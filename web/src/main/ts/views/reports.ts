// Pages beside the chat and its questions: a script of its own, as that of pages.ts is. It shares nothing with that one
// but what the main script has.

import '../main';
import strings from '../i18n/reports.json';
import { add } from '../text/i18n';

add(strings);

export { History } from './History';
export { ProviderKeys } from './ProviderKeys';
export { Usage } from './Usage';

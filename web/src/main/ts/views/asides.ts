// What most transcripts have none of: a script of its own, as that of the pages is.

import '../main';
import strings from '../i18n/asides.json';
import { add } from '../text/i18n';

add(strings);

export { egressWords } from '../text/egress';
export { Moment, Side, Undone } from './Happened';
export { Leave } from './Leave';

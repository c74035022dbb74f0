// What a chat may ask for and most do without: forms, questions, the start of a machine, its console. A script of its own. The main
// script is named here so that the build sees that it is there already when this one comes, and keeps everything they
// share in it.

import '../main';
import strings from '../i18n/later.json';
import { add } from '../text/i18n';

add(strings);

export { Asking } from './Asking';
export { ConsoleView } from './ConsoleView';
export { Host } from './Host';
export { Info } from './Info';
export { KeysDialog } from './KeysDialog';
export { NewSession } from './NewSession';
export { BudgetCard } from './Steering';
export { Timeline } from './Timeline';

// The pages that no chat needs: a script of their own. The main script is named here so that the build sees that it is
// there already when this one comes, and keeps everything they share in it.

import '../main';

export { Host } from './Host';
export { Info } from './Info';
export { NewSession } from './NewSession';

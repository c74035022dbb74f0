import '@preact/signals';
import { render } from 'preact';
import { startOutbox } from './state/outbox';
import { startRouter } from './state/router';
import { refresh, stream } from './state/store';
import { language } from './text/i18n';
import { App } from './views/App';
import { startKeys } from './views/Keys';

document.documentElement.lang = language;
const root = document.getElementById('app');
if (!root) throw new Error('index.html has no element #app');
startRouter();
startKeys();
startOutbox();
stream.start();
void refresh();
render(<App />, root);

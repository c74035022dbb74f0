// In the transcript: what can be done with a message.

import { checkpointBefore } from '../model/branch';
import type { UserItem } from '../model/fold';
import { byId, open } from '../state/store';
import { t } from '../text/i18n';
import { Icon } from '../ui/Icon';
import { toast } from '../ui/notify';
import { ask } from './ask';

/** What is not possible stays reachable by keyboard and says why not. */
function Act(props: { act: string; icon: 'back' | 'fork'; label: string; not: string | null; run: () => void }) {
  const { not, label } = props;
  const name = not === null ? label : `${label}: ${not}`;
  return (
    <button
      type="button"
      class="quiet"
      data-act={props.act}
      aria-label={name}
      title={name}
      aria-disabled={not !== null}
      onClick={() => (not === null ? props.run() : toast(not))}
    >
      <Icon name={props.icon} />
    </button>
  );
}

/** Rewind and fork, both to where the message had not been given yet. */
export function MessageActions({ item, id }: { item: UserItem; id: string }) {
  const { jumps, checkpoints, busy } = open(id).past.value;
  const checkpoint = checkpointBefore(checkpoints, jumps, item.seq);
  const not = busy ? t('moment.busy') : checkpoint ? null : t('moment.none');
  const session = () => byId.value.get(id);
  const start = (what: 'rewind' | 'fork') => {
    const of = session();
    if (!of || !checkpoint) return;
    const seq = checkpoint.seq;
    ask.value = what === 'rewind' ? { what, session: of, seq, message: item } : { what, session: of, seq };
  };
  return (
    <span class="message-actions">
      <Act act="r" icon="back" label={t('moment.rewind')} not={not} run={() => start('rewind')} />
      <Act act="f" icon="fork" label={t('moment.fork')} not={not} run={() => start('fork')} />
    </span>
  );
}

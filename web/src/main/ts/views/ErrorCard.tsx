import type { ComponentChildren } from 'preact';
import type { Problem } from '../model/types';
import { system } from '../state/store';
import { coded, t } from '../text/i18n';
import { copyText } from '../ui/clipboard';
import { Icon } from '../ui/Icon';
import { toast } from '../ui/notify';

/** What failed, why in plain words, and what to do; buttons for the next step come as children. */
export function ErrorCard({ problem, children, id }: { problem: Problem; children?: ComponentChildren; id?: string }) {
  const next = problem.next || coded('error', `${problem.code}.next`, '');
  const diagnostics = () => {
    const facts = { ...problem, server: system.value?.version, driver: system.value?.driver, page: location.pathname };
    void copyText(JSON.stringify(facts, null, 2)).then((ok) => ok && toast(t('chat.copied')));
  };
  return (
    <section class="error-card" id={id} role="group" aria-label={coded('error', problem.code, t('error.title'))}>
      <Icon name="alert" />
      <div>
        <p class="error-title">{coded('error', problem.code, t('error.title'))}</p>
        {problem.detail && problem.code !== 'OFFLINE' && <p class="error-detail">{problem.detail}</p>}
        {next && (
          <p class="error-next">
            <b>{t('error.next')}</b> {next}
          </p>
        )}
        <p class="actions">
          {children}
          <button type="button" class="quiet" onClick={diagnostics}>
            {t('error.copy')}
          </button>
          <code class="error-code">{problem.code}</code>
        </p>
      </div>
    </section>
  );
}

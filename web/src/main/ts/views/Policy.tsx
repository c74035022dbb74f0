import { Fragment } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { Policy, PolicyKind } from '../model/types';
import { t, type Key } from '../text/i18n';
import { entriesOf, entryNamed } from '../text/policy';

const KINDS: readonly PolicyKind[] = ['internet', 'allowlist', 'none'];

/** A policy while it is being edited: the list as it was written. */
export interface Draft {
  policy: PolicyKind;
  written: string;
}

/** What is wrong with the entry that stands at these characters of the list. */
export interface WrongEntry {
  from: number;
  to: number;
  line: number;
  text: string;
}

export const draftOf = ({ policy, allow }: Policy): Draft => ({ policy, written: allow.join('\n') });

export const policyOf = ({ policy, written }: Draft): Policy => ({
  policy,
  allow: policy === 'allowlist' ? entriesOf(written).map((e) => e.text) : [],
});

/** The entry that a refusal is about; null when it is about something else. */
export function wrongEntry(draft: Draft, problem: { detail: string; next: string }): WrongEntry | null {
  if (draft.policy !== 'allowlist') return null;
  const entries = entriesOf(draft.written);
  const found = entries[entryNamed(problem.detail, entries.map((e) => e.text))];
  if (!found) return null;
  return { from: found.at, to: found.at + found.text.length, line: found.line, text: `${problem.detail} ${problem.next}`.trim() };
}

interface Editing {
  draft: Draft;
  wrong: WrongEntry | null;
  onChange: (draft: Draft) => void;
}

/** Three choices, and the list that belongs to one of them. */
export function PolicyField(props: Editing) {
  const { draft, onChange } = props;
  return (
    <fieldset class="policy">
      <legend>{t('policy.legend')}</legend>
      {KINDS.map((kind) => (
        <Fragment key={kind}>
          <label class="choice">
            <input
              type="radio"
              name="policy"
              value={kind}
              checked={draft.policy === kind}
              aria-describedby={`policy-${kind}`}
              onChange={() => onChange({ ...draft, policy: kind })}
            />
            <span>
              {t(`policy.${kind}` as Key)}
              <span class="field-note" id={`policy-${kind}`}>
                {t(`policy.${kind}.hint` as Key)}
              </span>
            </span>
          </label>
          {kind === 'allowlist' && draft.policy === kind && <AllowList {...props} />}
        </Fragment>
      ))}
    </fieldset>
  );
}

/** A wrong entry is selected in the list, and its fault is said below. */
function AllowList({ draft, wrong, onChange }: Editing) {
  const list = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    if (!wrong || !list.current) return;
    list.current.closest('details')?.setAttribute('open', '');
    list.current.focus();
    list.current.setSelectionRange(wrong.from, wrong.to);
  }, [wrong]);
  return (
    <div class="field allow">
      <label for="allow">{t('policy.allow')}</label>
      <textarea
        ref={list}
        id="allow"
        rows={Math.min(12, Math.max(4, draft.written.split('\n').length + 1))}
        value={draft.written}
        placeholder={t('policy.allow.example')}
        autocomplete="off"
        autocapitalize="off"
        spellcheck={false}
        aria-invalid={wrong !== null}
        aria-describedby="allow-hint"
        onInput={(e) => onChange({ ...draft, written: e.currentTarget.value })}
      />
      <p class={wrong ? 'field-note bad' : 'field-note'} id="allow-hint" role={wrong ? 'alert' : undefined}>
        {wrong ? t('policy.wrong', { line: wrong.line, detail: wrong.text }) : t('policy.allow.hint')}
      </p>
    </div>
  );
}

// The model of a session: what its provider offers, with what it costs, or any other name that is typed.

import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { ModelListing, ModelOffer } from '../model/types';
import { ApiError, call } from '../net/api';
import { noteRefusal } from '../state/store';
import { dateTime } from '../text/format';
import { plural, t } from '../text/i18n';
import { matching, offerWords } from '../text/offers';

/** More than one can look through; who wants another one types a part of its name. */
const MOST = 100;

interface Asked {
  listing: ModelListing | null;
  failed: ApiError | null;
}
const NOT_YET: Asked = { listing: null, failed: null };

/** What the provider offers, asked anew for each provider. */
function useListing(provider: string): Asked & { again: () => void } {
  const [asked, setAsked] = useState(NOT_YET);
  const [tries, setTries] = useState(0);
  useEffect(() => {
    let wanted = true;
    setAsked(NOT_YET);
    call<ModelListing>('GET', `/models?provider=${encodeURIComponent(provider)}`).then(
      (listing) => wanted && setAsked({ listing, failed: null }),
      (e: unknown) => {
        if (!(e instanceof ApiError)) throw e;
        noteRefusal(e);
        if (wanted) setAsked({ listing: null, failed: e });
      },
    );
    return () => {
      wanted = false;
    };
  }, [provider, tries]);
  return { ...asked, again: () => setTries(tries + 1) };
}

interface Props {
  id: string;
  name?: string;
  provider: string;
  value: string;
  required?: boolean;
  onChange: (model: string) => void;
}

/** A text box with a list below it, by the pattern of an editable combobox. */
export function ModelField({ id, name, provider, value, required, onChange }: Props) {
  const { listing, failed, again } = useListing(provider);
  /** What was written since the list was opened; null while it stands on what was chosen before. */
  const [typed, setTyped] = useState<string | null>(null);
  const [open, setOpen] = useState(false);
  const [at, setAt] = useState(-1);
  const input = useRef<HTMLInputElement>(null);
  const offers = listing?.models ?? [];
  const chosen = offers.find((m) => m.id === value);
  const found = typed === null ? chosenFirst(offers, chosen) : matching(offers, typed);
  const shown = found.slice(0, MOST);
  const listed = open && shown.length > 0;
  const usual = offers.find((m) => m.default)?.id;
  useEffect(() => {
    if (value === '' && typed === null && usual !== undefined) onChange(usual);
  }, [usual]);
  useLayoutEffect(() => {
    if (listed && at >= 0) document.getElementById(`${id}-${at}`)?.scrollIntoView({ block: 'nearest' });
  }, [listed, at]);
  const close = () => {
    setOpen(false);
    setTyped(null);
    setAt(-1);
  };
  const take = (m: ModelOffer) => {
    onChange(m.id);
    close();
  };
  const move = (by: number) => {
    setOpen(true);
    setAt(at < 0 ? (by > 0 ? 0 : shown.length - 1) : (at + by + shown.length) % Math.max(1, shown.length));
  };
  const onKeyDown = (e: KeyboardEvent) => {
    if (e.isComposing || e.ctrlKey || e.metaKey) return;
    const active = listed ? shown[at] : undefined;
    if (e.key === 'ArrowDown' || e.key === 'ArrowUp') move(e.key === 'ArrowDown' ? 1 : -1);
    else if (e.key === 'Enter' && active) take(active);
    else if (e.key === 'Escape' && listed) close();
    else return;
    e.preventDefault();
  };
  return (
    <div class="field">
      <label for={id}>{t('new.model')}</label>
      <div class="combo" onFocusOut={close}>
        <input
          ref={input}
          id={id}
          name={name}
          type="text"
          role="combobox"
          aria-autocomplete="list"
          aria-expanded={listed}
          aria-controls={listed ? `${id}-offers` : undefined}
          aria-activedescendant={listed && at >= 0 ? `${id}-${at}` : undefined}
          aria-describedby={`${id}-hint`}
          required={required}
          autocomplete="off"
          autocapitalize="off"
          spellcheck={false}
          placeholder={t('new.default')}
          value={value}
          onInput={(e) => {
            onChange(e.currentTarget.value);
            setTyped(e.currentTarget.value);
            setOpen(true);
            setAt(-1);
          }}
          onClick={() => setOpen(true)}
          onKeyDown={onKeyDown}
        />
        {listed && (
          <ul class="offers" id={`${id}-offers`} role="listbox" aria-label={t('model.offers')}>
            {shown.map((m, i) => (
              <li
                key={m.id}
                id={`${id}-${i}`}
                role="option"
                aria-selected={i === at}
                // The focus stays in the box.
                onMouseDown={(e) => e.preventDefault()}
                onClick={() => take(m)}
              >
                <span class="offer-name">
                  {m.name}
                  {m.free && <span class="tag">{t('model.free')}</span>}
                  {m.default && <span class="tag">{t('model.usual')}</span>}
                </span>
                {m.name !== m.id && <code>{m.id}</code>}
                <span class="muted">{offerWords(m)}</span>
              </li>
            ))}
          </ul>
        )}
      </div>
      <div class="field-note" id={`${id}-hint`} role="status">
        {chosen && !listed && <p>{offerWords(chosen)}</p>}
        <p class={failed ? 'bad' : ''}>{note(listing, failed, value.trim(), typed !== null, found.length)}</p>
      </div>
      {failed && (
        <p class="actions">
          <button type="button" class="quiet" onClick={() => (again(), input.current?.focus())}>
            {t('chat.retry')}
          </button>
        </p>
      )}
    </div>
  );
}

const chosenFirst = (offers: readonly ModelOffer[], chosen: ModelOffer | undefined) =>
  chosen ? [chosen, ...offers.filter((m) => m !== chosen)] : offers;

/** What is there to choose from, of when it is, and what becomes of a name that is not there. */
function note(listing: ModelListing | null, failed: ApiError | null, name: string, typing: boolean, found: number): string {
  if (failed) return t('model.unread', { detail: failed.offline ? t('error.OFFLINE') : failed.problem.detail });
  if (!listing) return t('model.reading');
  if (listing.models.length === 0) return t('model.nolist');
  if (typing && name !== '' && found > 0) return found > MOST ? t('model.more', { n: found, most: MOST }) : plural('model.found', found);
  if (name !== '' && listing.models.every((m) => m.id !== name)) return t('model.unlisted', { name });
  const when = listing.asOf === null ? '' : dateTime(listing.asOf);
  return `${plural('model.count', listing.models.length)} ${t(`model.from.${listing.from}`, { when })}`;
}

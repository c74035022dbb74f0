// The transcript in chunks. The newest stay mounted, so that the browser's own search finds them; older ones are mounted
// only near the screen and keep their measured height while they are away.

import { Component, type ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Session } from '../model/types';
import type { Shown } from '../model/undone';
import { plural, t } from '../text/i18n';
import { copyText } from '../ui/clipboard';
import { Icon } from '../ui/Icon';
import { ItemView } from './Items';

const CHUNK = 20;
const MOUNTED_CHUNKS = 20;
const MARGIN_PX = 1500;
const GUESS_PX = CHUNK * 90;
const BOTTOM_PX = 24;
const TOUCH_PX = 8;
const UP = ['ArrowUp', 'PageUp', 'Home'];
const DOWN = ['ArrowDown', 'PageDown', 'End'];

interface ChunkProps {
  items: readonly Shown[];
  id: string;
  session: Session | null;
  keep: boolean;
  observer: IntersectionObserver | null;
}

const nearness = new WeakMap<Element, (near: boolean) => void>();

class Chunk extends Component<ChunkProps, { near: boolean }> {
  override state = { near: false };
  private box: HTMLDivElement | null = null;
  private watched: IntersectionObserver | null = null;
  private height = GUESS_PX;

  override shouldComponentUpdate(next: ChunkProps, state: { near: boolean }): boolean {
    const old = this.props;
    return (
      state.near !== this.state.near ||
      next.keep !== old.keep ||
      next.observer !== old.observer ||
      next.session?.state !== old.session?.state ||
      next.session?.agentState !== old.session?.agentState ||
      next.items.length !== old.items.length ||
      next.items.some((item, i) => item !== old.items[i])
    );
  }

  private watch(): void {
    const { observer } = this.props;
    if (!this.box || this.watched === observer) return;
    this.watched?.unobserve(this.box);
    this.watched = observer;
    nearness.set(this.box, (near) => {
      if (!near && this.box && this.state.near) this.height = this.box.offsetHeight || this.height;
      this.setState({ near });
    });
    observer?.observe(this.box);
  }

  override componentDidMount(): void {
    this.watch();
  }

  override componentDidUpdate(): void {
    this.watch();
  }

  override componentWillUnmount(): void {
    if (this.box) this.watched?.unobserve(this.box);
  }

  override render({ items, id, session, keep }: ChunkProps, { near }: { near: boolean }) {
    const mounted = keep || near;
    return (
      <div
        ref={(e) => {
          this.box = e;
        }}
        class="chunk"
        style={mounted ? { blockSize: 'auto' } : { blockSize: `${this.height}px` }}
      >
        {mounted && items.map((item) => <ItemView key={item.seq} item={item} id={id} session={session} />)}
      </div>
    );
  }
}

/** Whether to stay at the end: only a person's own scrolling up ends it, only reaching the end begins it again. */
function useFollow(length: number) {
  const scroller = useRef<HTMLDivElement>(null);
  const inner = useRef<HTMLDivElement>(null);
  const following = useRef(true);
  /** Where the person's way up began, as long as it has not left the end. */
  const from = useRef<number | null>(null);
  const seen = useRef(length);
  const [away, setAway] = useState(false);
  const toEnd = () => {
    const box = scroller.current;
    if (box) box.scrollTop = box.scrollHeight;
  };
  const follow = (yes: boolean) => {
    if (following.current !== yes) seen.current = length;
    following.current = yes;
    setAway(!yes);
  };
  useLayoutEffect(() => {
    if (following.current) toEnd();
  });
  useEffect(() => {
    const box = scroller.current;
    if (!box || !inner.current) return;
    // Code that is coloured later, images, a resized window: the end moves without a new item.
    const resized = new ResizeObserver(() => following.current && toEnd());
    resized.observe(inner.current);
    resized.observe(box);
    return () => resized.disconnect();
  }, []);
  const atEnd = () => {
    const box = scroller.current;
    return box !== null && box.scrollHeight - box.scrollTop - box.clientHeight < BOTTOM_PX;
  };
  const up = () => {
    const box = scroller.current;
    if (!box || box.scrollHeight <= box.clientHeight) return;
    if (following.current) from.current = box.scrollTop;
    follow(false);
  };
  /** A person who wants down from where the end is in sight already may be heard by no scroll. */
  const down = () => {
    from.current = null;
    requestAnimationFrame(() => !following.current && atEnd() && follow(true));
  };
  /** The event of the scroll that led to the end may come after the key that leads away from it, and says the end, too. */
  const scrolled = () => {
    const top = scroller.current?.scrollTop ?? 0;
    if (following.current) return;
    if (from.current !== null && top <= from.current && top >= from.current - BOTTOM_PX) return;
    from.current = null;
    if (atEnd()) follow(true);
  };
  /** What a person opens stays where it is, though what comes after it moves; unless the end is still in sight. */
  const onClick = (e: MouseEvent) => {
    if (!(e.target as Element).closest('[data-card]')) return;
    if (following.current) follow(false);
    requestAnimationFrame(() => atEnd() && follow(true));
  };
  const touchY = useRef(0);
  const handlers = {
    onClick,
    onWheel: (e: WheelEvent) => (e.deltaY < 0 ? up() : e.deltaY > 0 && down()),
    onTouchStart: (e: TouchEvent) => (touchY.current = e.touches[0]?.clientY ?? 0),
    onTouchMove: (e: TouchEvent) => {
      const moved = (e.touches[0]?.clientY ?? 0) - touchY.current;
      if (moved > TOUCH_PX) up();
      else if (moved < -TOUCH_PX) down();
    },
    onKeyDown: (e: KeyboardEvent) => {
      if (UP.includes(e.key)) up();
      else if (DOWN.includes(e.key)) down();
    },
    onPointerDown: (e: PointerEvent) => e.target === scroller.current && up(), // The scroll bar.
    onScroll: scrolled,
  };
  return { scroller, inner, handlers, away, fresh: length - seen.current, latest: () => (follow(true), toEnd()) };
}

/** Copy buttons inside Markdown are plain HTML; this is who hears them. */
function onCopy(e: Event): void {
  const button = (e.target as Element).closest<HTMLButtonElement>('button[data-copy]');
  const code = button?.closest('.code')?.querySelector('pre')?.textContent;
  if (!button || code === undefined || code === null) return;
  void copyText(code.replace(/\n$/, '')).then((ok) => {
    if (!ok) return;
    button.textContent = t('chat.copied');
    setTimeout(() => (button.textContent = t('chat.copy')), 2_000);
  });
}

export function Transcript(props: { items: readonly Shown[]; session: Session; children?: ComponentChildren }) {
  const { items, session } = props;
  const follow = useFollow(items.length);
  const [observer, setObserver] = useState<IntersectionObserver | null>(null);
  useEffect(() => {
    const made = new IntersectionObserver(
      (entries) => {
        for (const e of entries) nearness.get(e.target)?.(e.isIntersecting);
      },
      { root: follow.scroller.current, rootMargin: `${MARGIN_PX}px 0px` },
    );
    setObserver(made);
    return () => made.disconnect();
  }, []);
  useEffect(() => {
    const jump = () => follow.latest();
    addEventListener('execlaw:latest', jump);
    return () => removeEventListener('execlaw:latest', jump);
  });
  const chunks: (readonly Shown[])[] = [];
  for (let i = 0; i < items.length; i += CHUNK) chunks.push(items.slice(i, i + CHUNK));
  return (
    <div class="transcript-frame">
      <div class="transcript" ref={follow.scroller} tabIndex={0} {...follow.handlers} role="feed" aria-label={t('chat.feed')} aria-live="off">
        <div class="transcript-inner" ref={follow.inner} onClick={onCopy}>
          {chunks.map((chunk, i) => (
            <Chunk
              key={i}
              items={chunk}
              id={session.id}
              session={i >= chunks.length - 1 || chunk.some((x) => x.kind === 'boot') ? session : null}
              keep={i >= chunks.length - MOUNTED_CHUNKS}
              observer={observer}
            />
          ))}
          {props.children}
        </div>
      </div>
      {follow.away && (
        <button type="button" class="latest" onClick={follow.latest}>
          <Icon name="down" /> {t('chat.latest')}
          {follow.fresh > 0 && <span> ({plural('chat.latest.new', follow.fresh)})</span>}
        </button>
      )}
    </div>
  );
}

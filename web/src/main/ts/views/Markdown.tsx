import { useEffect, useMemo, useRef } from 'preact/hooks';
import { MarkdownStream, type Block } from '../text/md';
import { highlight } from '../text/highlight';

/** Markdown whose text may still grow; blocks that are finished are never touched again. */
export function Markdown({ text, done }: { text: string; done: boolean }) {
  const stream = useMemo(() => new MarkdownStream(), []);
  return (
    <div class="md">
      {stream.update(text, done).map((block) => (
        <BlockView key={block.key} block={block} />
      ))}
    </div>
  );
}

function BlockView({ block }: { block: Block }) {
  const ref = useRef<HTMLDivElement>(null);
  const html = 'html' in block ? block.html : null;
  const final = 'html' in block && block.final;
  useEffect(() => {
    if (final && ref.current) highlight(ref.current);
  }, [html, final]);
  if ('plain' in block) return <div class="md-plain">{block.plain}</div>;
  return <div ref={ref} dangerouslySetInnerHTML={{ __html: block.html }} />;
}

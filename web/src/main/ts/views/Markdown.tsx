import { Component, createRef } from 'preact';
import { useMemo } from 'preact/hooks';
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

/** The stream keeps the identity of finished blocks, so a long answer costs only its last one. */
class BlockView extends Component<{ block: Block }> {
  private readonly box = createRef<HTMLDivElement>();

  override shouldComponentUpdate(next: { block: Block }): boolean {
    return next.block !== this.props.block;
  }

  override componentDidMount(): void {
    const { block } = this.props;
    if ('html' in block && block.final && this.box.current) highlight(this.box.current);
  }

  override componentDidUpdate(): void {
    this.componentDidMount();
  }

  override render({ block }: { block: Block }) {
    if ('plain' in block) return <div class="md-plain">{block.plain}</div>;
    return <div ref={this.box} dangerouslySetInnerHTML={{ __html: block.html }} />;
  }
}

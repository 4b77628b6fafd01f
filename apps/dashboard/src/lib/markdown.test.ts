import { describe, expect, it } from 'vitest';
import { renderBlocks } from './markdown.ts';

function htmlOf(source: string): string {
  return renderBlocks(source)
    .map((block) => (block.kind === 'html' ? block.html : ''))
    .join('');
}

describe('markdown', () => {
  it.each([
    ['<script>alert(1)</script>', '<script'],
    ['<img src=x onerror=alert(1)>', '<img'],
    ['text <b onclick="x()">bold</b>', '<b '],
    ['![tracker](https://elsewhere.example/pixel.png)', '<img'],
  ])('never lets %s through as HTML', (source, forbidden) => {
    expect(htmlOf(source)).not.toContain(forbidden);
  });

  it.each([
    '[x](javascript:alert(1))',
    '[x](vbscript:x)',
    '[x](data:text/html,x)',
    '<javascript:alert(1)>',
  ])('makes no link of %s', (source) => {
    expect(htmlOf(source)).not.toContain('href');
  });

  it('opens links in another tab without a handle on this one', () => {
    expect(htmlOf('[docs](https://example.com/a?b=1&c="2")')).toContain(
      'target="_blank" rel="noopener noreferrer"',
    );
    expect(htmlOf('see https://example.com')).toContain('href="https://example.com"');
  });

  it('turns pictures into links with an escaped label', () => {
    const html = htmlOf('![a<b](https://elsewhere.example/p.png)');

    expect(html).toContain(
      '<a href="https://elsewhere.example/p.png" target="_blank" rel="noopener noreferrer">a&lt;b</a>',
    );
  });

  it('separates code from text and keeps it verbatim', () => {
    const blocks = renderBlocks('Before\n\n```js title\nconst a = "<b>";\n```\n\nAfter');

    expect(blocks.map((block) => block.kind)).toEqual(['html', 'code', 'html']);
    expect(blocks[1]).toEqual({ kind: 'code', language: 'js', text: 'const a = "<b>";\n' });
  });

  it('leaves finished blocks the same while the text grows', () => {
    const early = renderBlocks('# Title\n\nFirst paragraph\n\nSecond');
    const late = renderBlocks('# Title\n\nFirst paragraph\n\nSecond grows and grows');

    expect(late.slice(0, 2)).toEqual(early.slice(0, 2));
    expect(late[2]).not.toEqual(early[2]);
  });

  it('shows an unfinished code block while it streams', () => {
    expect(renderBlocks('```py\nprint(1)')).toEqual([
      { kind: 'code', language: 'py', text: 'print(1)' },
    ]);
  });
});

import MarkdownIt from 'markdown-it';

export type MarkdownBlock =
  | { readonly kind: 'html'; readonly html: string }
  | { readonly kind: 'code'; readonly language: string; readonly text: string };

/** HTML in the source is shown as text, never interpreted. */
const markdown = new MarkdownIt({ html: false, linkify: true, breaks: true });
const openLink = markdown.renderer.rules['link_open'];

markdown.renderer.rules['link_open'] = (tokens, index, options, env, self) => {
  const token = tokens[index];
  token?.attrSet('target', '_blank');
  token?.attrSet('rel', 'noopener noreferrer');
  return openLink
    ? openLink(tokens, index, options, env, self)
    : self.renderToken(tokens, index, options);
};
/** A picture from elsewhere would tell its server who reads; it becomes a link. */
markdown.renderer.rules['image'] = (tokens, index) => {
  const source = String(tokens[index]?.attrGet('src') ?? '');
  const escape = markdown.utils.escapeHtml;
  const label = tokens[index]?.content === '' ? source : (tokens[index]?.content ?? source);
  return `<a href="${escape(source)}" target="_blank" rel="noopener noreferrer">${escape(label)}</a>`;
};

/** renderBlocks returns one entry per top-level block, so that a growing text leaves finished blocks untouched. */
export function renderBlocks(source: string): MarkdownBlock[] {
  const env = {};
  const tokens = markdown.parse(source, env);
  const blocks: MarkdownBlock[] = [];
  let start = 0;
  let depth = 0;
  tokens.forEach((token, index) => {
    depth += token.nesting;
    if (depth !== 0) return;
    const isCode = token.type === 'fence' || token.type === 'code_block';
    blocks.push(
      isCode
        ? { kind: 'code', language: token.info.trim().split(/\s+/)[0] ?? '', text: token.content }
        : {
            kind: 'html',
            html: markdown.renderer.render(tokens.slice(start, index + 1), markdown.options, env),
          },
    );
    start = index + 1;
  });
  return blocks;
}

/**
 * maxOwnLines limits the lines of a function without the functions inside it: a factory may hold many
 * short functions, and a suite many tests.
 */
export const maxOwnLines = {
  meta: {
    type: 'suggestion',
    schema: [
      { type: 'object', properties: { max: { type: 'integer' } }, additionalProperties: false },
    ],
    messages: {
      tooLong: 'This function has {{lines}} lines of its own, more than {{max}}: split it',
    },
  },
  create(context) {
    const { max } = context.options[0];
    const open = [];

    function enter(node) {
      open.push({ node, nestedLines: 0 });
    }

    function leave() {
      const { node, nestedLines } = open.pop();
      const span = codeLines(context.sourceCode, node);
      const outer = open.at(-1);
      if (outer) outer.nestedLines += span;
      const lines = span - nestedLines;
      if (lines > max) context.report({ node, messageId: 'tooLong', data: { lines, max } });
    }

    return { ':function': enter, ':function:exit': leave };
  },
};

function codeLines(sourceCode, node) {
  const lines = sourceCode.lines.slice(node.loc.start.line - 1, node.loc.end.line);
  return lines.filter((line) => line.trim() !== '').length;
}

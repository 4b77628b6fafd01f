const MAX_LINE_LENGTH = 1024 ** 2;

/** Unlike those of `readline`, they end with an error when their source does. */
export async function* linesOf(source: AsyncIterable<Buffer | string>): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of source) {
    const lines = (rest + chunk.toString()).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > MAX_LINE_LENGTH) throw new Error('A line of the engine is too long');
    yield* lines.filter((line) => line.trim() !== '');
  }
}

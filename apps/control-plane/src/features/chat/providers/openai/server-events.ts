const MAX_EVENT_CHARACTERS = 4_000_000;

/** serverEvents yields the data of each server-sent event of a body; other fields and comments say nothing here. */
export async function* serverEvents(body: AsyncIterable<Uint8Array>): AsyncIterable<string> {
  const decoder = new TextDecoder();
  let line = '';
  let data: string[] = [];
  let size = 0;
  for await (const bytes of body) {
    const pieces = (line + decoder.decode(bytes, { stream: true })).split('\n');
    line = pieces.pop() ?? '';
    size += line.length;
    if (size > MAX_EVENT_CHARACTERS) throw new SyntaxError('An event of the stream does not end');
    for (const piece of pieces) {
      const text = piece.endsWith('\r') ? piece.slice(0, -1) : piece;
      if (text.startsWith('data:')) data.push(text.slice('data:'.length).trimStart());
      else if (text === '' && data.length > 0) {
        yield data.join('\n');
        data = [];
        size = 0;
      }
    }
  }
  if (data.length > 0) yield data.join('\n');
}

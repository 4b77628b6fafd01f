import type { ImagePart, ModelMessage, TextPart } from '../providers/model-provider.ts';

/** leaveOutImages puts words in the place of pictures, for a model that can't look at them. False: there were none. */
export function leaveOutImages(messages: ModelMessage[]): boolean {
  let found = false;
  for (const [index, message] of messages.entries()) {
    if (message.role !== 'user' || !message.parts.some(({ type }) => type === 'image')) continue;
    found = true;
    messages[index] = {
      role: 'user',
      parts: message.parts.map((part) => (part.type === 'image' ? inWords(part) : part)),
    };
  }
  return found;
}

function inWords({ alt }: ImagePart): TextPart {
  const described = alt === '' ? 'It is not described' : `It is described as “${alt}”`;
  return {
    type: 'text',
    text: `[spt-flow] The person attached a picture that you cannot see. ${described}. Say so where it matters.`,
  };
}

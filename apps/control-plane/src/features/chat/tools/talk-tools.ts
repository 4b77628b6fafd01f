import { z } from 'zod';
import { defineTool } from './tool.ts';

export const askUser = defineTool({
  name: 'ask_user',
  kind: 'talks',
  description:
    'Ask the person one short question and end your turn. Only when you cannot go on sensibly without the answer. Offer two to five choices when you can.',
  schema: z.strictObject({
    question: z.string().trim().min(1).max(500),
    choices: z.array(z.string().trim().min(1).max(80)).max(5).default([]),
  }),
  run({ question, choices }) {
    return { type: 'ask', question, choices };
  },
});

export const finish = defineTool({
  name: 'finish',
  kind: 'talks',
  description:
    'End your turn when all files are written. spt-flow then puts the app together, starts and checks it, and tells the person whether it works; so describe what you changed, but do not claim that it works.',
  schema: z.strictObject({
    summary: z
      .string()
      .trim()
      .min(1)
      .max(1000)
      .describe('What was changed, in plain words for someone who cannot code'),
    next_steps: z
      .array(z.string().trim().min(1).max(80))
      .max(3)
      .default([])
      .describe('Up to three requests the person may want to send next, in their own words'),
  }),
  run({ summary, next_steps: nextSteps }) {
    return { type: 'finish', summary, nextSteps };
  },
});

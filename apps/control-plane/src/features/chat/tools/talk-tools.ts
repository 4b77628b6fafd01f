import { MAX_QUESTIONS, PlanSchema, QuestionSchema } from '@spt-flow/shared/api/conversations';
import * as z from 'zod';
import { defineTool } from './tool.ts';
import { ToolError } from './tool-error.ts';

export const askUser = defineTool({
  name: 'ask_user',
  kind: 'talks',
  description:
    'Ask the person what you must know and end your turn: short questions, all at once, as few as possible. Only when you cannot go on sensibly without the answers. Offer two to five choices for each when you can.',
  schema: z.strictObject({
    questions: z
      .array(
        z.strictObject({
          question: QuestionSchema.shape.question,
          choices: QuestionSchema.shape.choices.default([]),
        }),
      )
      .min(1)
      .max(MAX_QUESTIONS),
  }),
  run({ questions }) {
    return { type: 'ask', questions };
  },
});

const { title, pages, data, behaviour, leftOut } = PlanSchema.shape;

export const proposePlan = defineTool({
  name: 'propose_plan',
  kind: 'talks',
  description:
    'Show the person what you would build, in plain words, and end your turn. They approve it, ask for something else or decline. Before you edit anything; for requests that need several pages, kinds of data or roles.',
  schema: z.strictObject({
    title,
    pages: pages.describe('Each page, and what one does there'),
    data: data.default([]).describe('What is kept, and for whom'),
    behaviour: behaviour.default([]).describe('What happens by itself, and what is not permitted'),
    left_out: leftOut.default([]).describe('What one could expect and is not part of it'),
  }),
  async run({ left_out, ...plan }, { overlay }) {
    if ((await overlay.edits()).length > 0)
      throw new ToolError('You have edited files already: go on, and call finish.');
    return { type: 'plan', plan: { ...plan, leftOut: left_out } };
  },
});

export const publish = defineTool({
  name: 'publish',
  kind: 'talks',
  description:
    'End your turn when the person asks, in whatever language, to deploy, publish or release the app as it is, and for nothing else. spt-flow sees to it that the app runs, and tells the person its address and who may open it; that is not changed.',
  schema: z.strictObject({}),
  run: () => ({ type: 'publish' }),
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

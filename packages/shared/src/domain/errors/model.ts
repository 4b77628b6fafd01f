import { caller, dependency, type ErrorEntry } from './entry.ts';

/** MODEL_ERRORS are those of the catalogue that come of AI models, in the chat and in workspaces. */
export const MODEL_ERRORS = {
  model_unavailable: dependency(503, 'The AI model does not answer', 'Try again in a few minutes'),
  model_refused_key: dependency(
    502,
    'The AI model refused the key',
    'Ask an admin to check the model key',
  ),
  model_no_credit: dependency(
    502,
    'The AI account has no credit left',
    'Ask an admin to add credit',
  ),
  model_bad_answer: dependency(
    502,
    'The AI model gave an answer that could not be used',
    'Send the message again',
  ),
  models_not_configured: dependency(
    503,
    'No AI model is set up for the tools in workspaces',
    'Ask an admin to set ANTHROPIC_API_KEY, or OPENAI_BASE_URL and OPENAI_MODEL',
  ),
  models_off: caller(
    403,
    'AI models are switched off for the tools in this workspace',
    'Use a workspace of another template, or ask an admin',
  ),
  model_not_offered: caller(
    404,
    'The AI model is not offered to tools in workspaces',
    'Choose one of those that are named',
  ),
  model_token_refused: caller(
    401,
    'The token for AI models is not valid, has expired or was revoked',
    'Try again; if it stays, start the workspace again',
    'spt-flow start <workspace>',
  ),
  model_budget_used: caller(
    402,
    'The budget of this project for AI does not pay for this request',
    'Ask an admin to raise the budget of the project',
  ),
} as const satisfies Record<string, ErrorEntry>;

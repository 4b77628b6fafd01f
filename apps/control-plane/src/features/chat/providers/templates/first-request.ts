import type { AppSettings } from './app-settings.ts';
import {
  APP_TEMPLATES,
  findTemplate,
  nearTemplates,
  OFFERED,
  templateById,
  type AppTemplate,
} from './app-templates.ts';
import { capitalise, findColour, readable, titleOf } from './words.ts';

const MAX_QUESTIONS = 2;

const QUESTION =
  'What kind of app should it be? I have templates for a website, a menu, a portfolio, a guestbook, a sign-up list, a to-do list, a notebook, a poll and a link shortener.';

/** As many as can be offered as buttons. */
const MAX_NEAR = 5;
const NEAR_QUESTION = 'Several of my templates could fit. What kind of app should it be?';

export interface BuildPlan {
  readonly type: 'build';
  readonly template: AppTemplate;
  readonly settings: AppSettings;
  readonly text: string;
}

export interface AskPlan {
  readonly type: 'ask';
  readonly question: string;
  readonly choices: readonly string[];
}

function chosen(request: string): AppTemplate | undefined {
  const answer = request.trim().toLowerCase();
  return APP_TEMPLATES.find(({ label }) => label.toLowerCase() === answer);
}

function settingsOf(template: AppTemplate, requests: readonly string[]): AppSettings {
  const request = readable(requests.join('\n'));
  // The newest word counts.
  const colours = requests.toReversed().flatMap((each) => findColour(each)?.accent ?? []);
  const fallback = template.noun === '' ? 'Welcome' : capitalise(template.noun);
  return {
    template: template.id,
    title: titleOf(request, { noun: template.noun, fallback }),
    tagline: template.tagline,
    icon: '',
    accent: colours[0] ?? template.accent,
    theme: /\bdark\b/i.test(request) ? 'dark' : 'auto',
    sections: [],
    ...template.settings(request),
  };
}

const STACK_WORDS: readonly (readonly [RegExp, AppTemplate['stack']])[] = [
  [/\b(?:python|flask|django)\b/i, 'Python with Flask'],
  [/\breact\b/i, 'Node.js and React'],
  [/\b(?:golang|in go|with go|using go)\b/i, 'Go'],
  [/\b(?:node(?:\.?js)?|javascript|typescript|express)\b/i, 'Node.js'],
];

/** Says so when the template is made with something else than the person asked for. */
function stackNote(template: AppTemplate, request: string): string {
  const wanted = STACK_WORDS.find(([words]) => words.test(request))?.[1];
  if (!wanted || wanted === template.stack) return '';
  return ` You asked for ${wanted}; my template for this is made with ${template.stack}.`;
}

/** planFirst decides what to build for an empty project, from everything the person has said so far. */
export function planFirst(
  requests: readonly string[],
  questionsAsked: number,
): BuildPlan | AskPlan {
  const latest = requests.at(-1) ?? '';
  const all = readable(requests.join('\n'));
  const known = chosen(latest) ?? findTemplate(latest) ?? findTemplate(all);
  if (!known && questionsAsked < MAX_QUESTIONS) {
    const near = nearTemplates(latest);
    if (near.length > 1 && near.length <= MAX_NEAR)
      return { type: 'ask', question: NEAR_QUESTION, choices: near.map(({ label }) => label) };
    const choices = OFFERED.flatMap((id) => templateById(id)?.label ?? []);
    const again =
      questionsAsked === 0
        ? QUESTION
        : 'I did not recognise a kind of app in that. Please choose one of these, or name a portfolio, a notebook, a sign-up list or a link shortener.';
    return { type: 'ask', question: again, choices };
  }
  const template = known ?? APP_TEMPLATES[APP_TEMPLATES.length - 1];
  if (!template) throw new Error('there is no template');
  const settings = settingsOf(template, requests);
  const guess = known ? '' : ' I was not sure what you need, so I start with a website.';
  const text = `I build “${settings.title}”, ${template.description}. It is made with ${template.stack === 'static site' ? 'plain HTML and CSS' : template.stack}.${stackNote(template, all)}${guess}`;
  return { type: 'build', template, settings, text };
}

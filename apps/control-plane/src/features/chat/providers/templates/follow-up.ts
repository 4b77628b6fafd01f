import type { AppSettings } from './app-settings.ts';
import { splitList } from './poll-request.ts';
import { capitalise, findAccent, unquote } from './words.ts';

export type FollowUp =
  | { readonly type: 'change'; readonly settings: AppSettings; readonly summary: string }
  | { readonly type: 'say'; readonly text: string };

type Rule = (request: string, settings: AppSettings) => FollowUp | null;

const MAX_TEXT = 2000;
const MAX_SHORT = 80;
const RESERVED = new Set(['name', 'message', 'text', 'title', 'id', 'at', 'fields']);

function say(text: string): FollowUp {
  return { type: 'say', text };
}

function change(settings: AppSettings, summary: string): FollowUp {
  return { type: 'change', settings, summary };
}

function capture(request: string, ...patterns: readonly RegExp[]): string | null {
  for (const pattern of patterns) {
    const found = pattern.exec(request)?.[1];
    if (found && unquote(found) !== '') return unquote(found);
  }
  return null;
}

function undo(request: string): FollowUp | null {
  return /\b(?:undo|revert|roll ?back|take (?:it|that) back|go back)\b/i.test(request)
    ? say(
        'Use “Undo” on the card of the change you want to take back. It restores the app as it was before.',
      )
    : null;
}

/** Every change that works is online at once. */
function deploy(request: string): FollowUp | null {
  return /^(?:please |can you |now )*(?:deploy|publish|launch|release|go live|put (?:it|this|the app|my app) (?:online|live))\b[^.:;"“]{0,40}[.!?]?$/i.test(
    request,
  )
    ? say(
        'Your app is online already: every change that works is published at once, at the address of the preview. There is nothing more to do.',
      )
    : null;
}

function tagline(request: string, settings: AppSettings): FollowUp | null {
  const text = capture(
    request,
    /\b(?:tagline|subtitle|sub-?heading|slogan|intro(?:duction)?|description)\b[^"“]*?\b(?:to|say|says|as|:)\s+([\s\S]+)$/i,
  );
  return text === null
    ? null
    : change(
        { ...settings, tagline: text.slice(0, 200) },
        `Changed the line under the title to “${text.slice(0, 200)}”`,
      );
}

function question(request: string, settings: AppSettings): FollowUp | null {
  const text =
    settings.question === undefined
      ? null
      : capture(request, /\bquestion\b[^"“]*?\b(?:to|as|into|:)\s+([\s\S]+)$/i);
  return text === null
    ? null
    : change(
        { ...settings, question: text.slice(0, 200) },
        `Changed the question to “${text.slice(0, 200)}”`,
      );
}

function options(request: string, settings: AppSettings): FollowUp | null {
  if (!settings.options) return null;
  const text = capture(
    request,
    /\badd\b.*?\b(?:options?|answers?|choices?)\b:?\s+(.+)$/i,
    /\badd\s+(.+?)\s+(?:as|to)\s+.*?\b(?:options?|answers?|choices?)\b/i,
  );
  if (!text) return null;
  const more = splitList(text).filter((option) => !settings.options?.includes(option));
  if (more.length === 0) return say('That answer is there already.');
  return change(
    { ...settings, options: [...settings.options, ...more] },
    `Added ${more.map((option) => `“${option}”`).join(', ')} to the answers`,
  );
}

function title(request: string, settings: AppSettings): FollowUp | null {
  const text = capture(
    request,
    /\b(?:title|heading|headline|header|name)\b[^"“]*?\b(?:to|as|into|say|:)\s+(.+)$/i,
    /\b(?:rename|call)\s+(?:it|this|(?:the|my)\s+\S+)\s+(?:to\s+)?(.+)$/i,
    /\b(?:title|heading|headline)\b[^"“]*["“](.+?)["”]/i,
  );
  return text === null
    ? null
    : change(
        { ...settings, title: text.slice(0, MAX_SHORT) },
        `Changed the title to “${text.slice(0, MAX_SHORT)}”`,
      );
}

function fieldName(label: string, taken: readonly string[]): string {
  const base =
    label
      .normalize('NFKD')
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '_')
      .replace(/^_|_$/g, '') || 'field';
  let name = RESERVED.has(base) ? `${base}_2` : base;
  while (taken.includes(name)) name += '_2';
  return name;
}

function field(request: string, settings: AppSettings): FollowUp | null {
  const label = capture(
    request,
    /\badd\b.*?\b(?:field|input|box)\b\s*(?:for|called|named|labell?ed|:|with)\s*(?:the |their |an? )?(.+)$/i,
    /\badd\s+(?:an?\s+|another\s+|the\s+)?(.+?)\s+(?:text\s+)?(?:field|input|box)\b/i,
  );
  if (!label) return null;
  const { fields } = settings;
  if (!fields)
    return say(
      'Without a model key I cannot add fields to this kind of app. I can add a section, or change title, colour and texts.',
    );
  const shown = capitalise(label).slice(0, MAX_SHORT);
  if (fields.some((each) => each.label.toLowerCase() === shown.toLowerCase()))
    return say(`There is a field “${shown}” already.`);
  const added = {
    name: fieldName(
      shown,
      fields.map((each) => each.name),
    ),
    label: shown,
  };
  return change(
    { ...settings, fields: [...fields, added] },
    `Added the field “${shown}” to the form`,
  );
}

function sectionText(request: string, settings: AppSettings): FollowUp | null {
  const wanted = request.toLowerCase();
  const text = capture(request, /\b(?:to|say|says|saying|:)\s+([\s\S]+)$/i);
  const index = settings.sections.findIndex(({ heading }) =>
    wanted.includes(heading.toLowerCase()),
  );
  const section = settings.sections[index];
  if (
    !text ||
    !section ||
    !/\b(?:text|section|change|set|write|put|let)\b/i.test(request) ||
    /\badd\b/i.test(request)
  )
    return null;
  const sections = settings.sections.with(index, { ...section, text: text.slice(0, MAX_TEXT) });
  return change({ ...settings, sections }, `Changed the text of “${section.heading}”`);
}

function removeSection(request: string, settings: AppSettings): FollowUp | null {
  if (!/\b(?:remove|delete|drop)\b/i.test(request)) return null;
  const wanted = request.toLowerCase();
  const sections = settings.sections.filter(
    ({ heading }) => !wanted.includes(heading.toLowerCase()),
  );
  const gone = settings.sections.find((each) => !sections.includes(each));
  return gone ? change({ ...settings, sections }, `Removed the section “${gone.heading}”`) : null;
}

function addSection(request: string, settings: AppSettings): FollowUp | null {
  const rest =
    /\badd\b.*?\b(?:section|paragraph|part|block)\b\s*(?:about|on|called|named|titled|for|with|:)?\s*(?:the |our |my )?([\s\S]+)$/i.exec(
      request,
    )?.[1] ??
    /\badd\s+(?:the |our |my )?(opening hours.*|address.*|contact.*|about us.*)$/is.exec(
      request,
    )?.[1];
  if (!rest) return null;
  const [, name = rest, text = ''] =
    /^(.+?)\s*(?::|\bsaying\b|\bthat says\b|\bwith the text\b|\n)\s*([\s\S]+)$/i.exec(rest) ?? [];
  const heading = capitalise(unquote(name)).slice(0, MAX_SHORT);
  const section = {
    heading,
    text: unquote(text).slice(0, MAX_TEXT) || 'Write what people should know here.',
  };
  const hint = text === '' ? ` To fill it, write: set the text of “${heading}” to …` : '';
  return change(
    { ...settings, sections: [...settings.sections, section] },
    `Added the section “${heading}”.${hint}`,
  );
}

function icon(request: string, settings: AppSettings): FollowUp | null {
  const emoji = /\p{Extended_Pictographic}(?:\uFE0F|\u200D\p{Extended_Pictographic})*/u.exec(
    request,
  )?.[0];
  return emoji && /\b(?:icon|emoji|logo|symbol)\b/i.test(request)
    ? change({ ...settings, icon: emoji }, `Changed the symbol to ${emoji}`)
    : null;
}

function look(request: string, settings: AppSettings): FollowUp | null {
  const accent = findAccent(request);
  const theme = /\bdark\b/i.test(request)
    ? 'dark'
    : /\b(?:light|bright)\b/i.test(request)
      ? 'light'
      : /\bautomatic\b/i.test(request)
        ? 'auto'
        : undefined;
  if (!accent && !theme) return null;
  const next = { ...settings, accent: accent ?? settings.accent, theme: theme ?? settings.theme };
  if (next.accent === settings.accent && next.theme === settings.theme)
    return say('It looks like that already.');
  const words = [
    accent && `the colour to ${accent}`,
    theme && `the theme to ${theme === 'auto' ? 'automatic' : theme}`,
  ];
  return change(next, `Changed ${words.filter(Boolean).join(' and ')}`);
}

const RULES: readonly Rule[] = [
  undo,
  deploy,
  tagline,
  question,
  options,
  field,
  addSection,
  removeSection,
  sectionText,
  title,
  icon,
  look,
];

export const CANNOT =
  'Without a model key I work from templates, and I did not recognise this request. I can change the title, the line under it, the colour and the theme (light or dark), the symbol, add or remove a section and change its text, and, where the app has a form, add a text field. For everything else an admin can set a model key.';

/** followUp finds what a request asks of an app made from a template. */
export function followUp(request: string, settings: AppSettings): FollowUp {
  for (const rule of RULES) {
    const found = rule(request.trim(), settings);
    if (found) return found;
  }
  return say(CANNOT);
}

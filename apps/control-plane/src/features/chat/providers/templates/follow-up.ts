import type { AppSettings } from './app-settings.ts';
import { splitList } from './poll-request.ts';
import { asksForUndo } from '../../intent.ts';
import { asksToPublish } from '../../publish-words.ts';
import { wishesOf } from './wishes.ts';
import { capitalise, findColour, placesIn, unquote } from './words.ts';

interface Say {
  readonly type: 'say';
  readonly text: string;
}

interface Change {
  readonly type: 'change';
  readonly settings: AppSettings;
  readonly summary: string;
  /** What one could say next. */
  readonly hint?: string;
}

export type FollowUp =
  | Say
  | {
      readonly type: 'change';
      readonly settings: AppSettings;
      /** All of it, for people. */
      readonly summary: string;
      readonly changes: readonly string[];
      /** Wishes that were not understood. */
      readonly ignored: readonly string[];
    };

type Rule = (request: string, settings: AppSettings) => Say | Change | null;

const MAX_TEXT = 2000;
const MAX_SHORT = 80;
const RESERVED = new Set(['name', 'message', 'text', 'title', 'id', 'at', 'fields']);

function say(text: string): Say {
  return { type: 'say', text };
}

function change(settings: AppSettings, summary: string): Change {
  return { type: 'change', settings, summary };
}

function capture(request: string, ...patterns: readonly RegExp[]): string | null {
  for (const pattern of patterns) {
    const found = pattern.exec(request)?.[1];
    if (found && unquote(found) !== '') return unquote(found);
  }
  return null;
}

function undo(request: string): Say | Change | null {
  return asksForUndo(request)
    ? say(
        'Use “Undo” on the card of the change you want to take back. It restores the app as it was before.',
      )
    : null;
}

/** Every change that works is online at once. */
function deploy(request: string): Say | Change | null {
  return asksToPublish(request) ? say('Every change that works is online at once.') : null;
}

function tagline(request: string, settings: AppSettings): Say | Change | null {
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

function question(request: string, settings: AppSettings): Say | Change | null {
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

function places(request: string, settings: AppSettings): Say | Change | null {
  const wanted = settings.places === undefined ? undefined : placesIn(request);
  return wanted === undefined
    ? null
    : change({ ...settings, places: wanted }, `Changed the number of places to ${wanted}`);
}

function options(request: string, settings: AppSettings): Say | Change | null {
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

function title(request: string, settings: AppSettings): Say | Change | null {
  const text = capture(
    request,
    /\b(?:title|heading|headline|header|name)\b[^"“]*?\b(?:to|as|into|say|:)\s+(.+)$/i,
    /\b(?:rename|call)\s+(?:it|this|(?:the|my)\s+\S+)\s+(?:to\s+)?(.+)$/i,
    /\b(?:title|heading|headline)\b[^"“]*["“](.+?)["”]/i,
    // Only what looks like a name: not "make the title bigger".
    /\b(?:[Mm]ake|[Ss]et|[Uu]se) (?:the |my )?(?:title|heading|headline|name) (\p{Lu}.*)$/u,
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

function field(request: string, settings: AppSettings): Say | Change | null {
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

/** A form of its own needs a place for what people send. */
function form(request: string): Say | Change | null {
  return /\b(?:add|create|build|insert|put)\b.*\bform\b/i.test(request)
    ? say(
        'Without a model key I cannot add a form. I can add a section that says how to reach you.',
      )
    : null;
}

function sectionText(request: string, settings: AppSettings): Say | Change | null {
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

function removeSection(request: string, settings: AppSettings): Say | Change | null {
  if (!/\b(?:remove|delete|drop)\b/i.test(request)) return null;
  const wanted = request.toLowerCase();
  const sections = settings.sections.filter(
    ({ heading }) => !wanted.includes(heading.toLowerCase()),
  );
  const gone = settings.sections.find((each) => !sections.includes(each));
  return gone ? change({ ...settings, sections }, `Removed the section “${gone.heading}”`) : null;
}

function addSection(request: string, settings: AppSettings): Say | Change | null {
  const rest =
    /\badd\b.*?\b(?:section|paragraph|part|block)\b\s*(?:about|on|called|named|titled|for|with|:)?\s*(?:the |our |my )?([\s\S]+)$/i.exec(
      request,
    )?.[1] ??
    /\badd\s+(?:the |our |my )?(opening hours.*|address.*|contact(?!.*\bform\b).*|about us.*)$/is.exec(
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
  const added = change(
    { ...settings, sections: [...settings.sections, section] },
    `Added the section “${heading}”`,
  );
  const hint = `To fill it, write: set the text of “${heading}” to …`;
  return text === '' ? { ...added, hint } : added;
}

function icon(request: string, settings: AppSettings): Say | Change | null {
  const emoji = /\p{Extended_Pictographic}(?:\uFE0F|\u200D\p{Extended_Pictographic})*/u.exec(
    request,
  )?.[0];
  return emoji && /\b(?:icon|emoji|logo|symbol)\b/i.test(request)
    ? change({ ...settings, icon: emoji }, `Changed the symbol to ${emoji}`)
    : null;
}

/** Of a part of the app, or of what is not wanted: colours in such requests are not the app's. */
const NOT_ABOUT_LOOKS =
  /\b(?:add|create|build|insert|remove|delete|button|border|picture|photo|image|not|don[’']?t|without)\b/i;

function look(request: string, settings: AppSettings): Say | Change | null {
  if (NOT_ABOUT_LOOKS.test(request)) return null;
  const { accent, word } = findColour(request) ?? {};
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
    word && `the colour to ${word}`,
    theme && `the theme to ${theme === 'auto' ? 'automatic' : theme}`,
  ];
  return change(next, `Changed ${words.filter(Boolean).join(' and ')}`);
}

interface RuleEntry {
  readonly find: Rule;
  /** What stands at the end of such a request is text for the app, whatever it says. */
  readonly takesText: boolean;
}

const RULES: readonly RuleEntry[] = [
  { find: undo, takesText: false },
  { find: deploy, takesText: false },
  { find: tagline, takesText: true },
  { find: question, takesText: true },
  { find: places, takesText: false },
  { find: options, takesText: false },
  { find: field, takesText: false },
  { find: form, takesText: false },
  { find: addSection, takesText: true },
  { find: removeSection, takesText: false },
  { find: sectionText, takesText: true },
  { find: title, takesText: false },
  { find: icon, takesText: false },
  { find: look, takesText: false },
];

export const CANNOT =
  'Without a model key I work from templates, and I did not recognise this request. I can change the title, the line under it, the colour and the theme (light or dark), the symbol, add or remove a section and change its text, and, where the app has a form, add a text field. For everything else an admin can set a model key.';

function findRule(wish: string, settings: AppSettings): RuleEntry | undefined {
  return RULES.find(({ find }) => find(wish, settings) !== null);
}

/** Wishes that nobody understands belong to a text before them, where there is one. */
function joinTexts(wishes: readonly string[], settings: AppSettings): string[] {
  const joined: string[] = [];
  for (const wish of wishes) {
    const before = joined.at(-1);
    const isText =
      before !== undefined &&
      !findRule(wish, settings) &&
      findRule(before, settings)?.takesText === true;
    if (isText) joined[joined.length - 1] = `${before}${wish}`;
    else joined.push(wish);
  }
  return joined;
}

/** followUp finds what a request asks of an app made from a template: each wish in it, and which of them it cannot do. */
export function followUp(request: string, settings: AppSettings): FollowUp {
  let next = settings;
  const changes: string[] = [];
  const said: string[] = [];
  const ignored: string[] = [];
  for (const wish of joinTexts(wishesOf(request), settings)) {
    const found = findRule(wish, next)?.find(wish.trim(), next);
    if (!found) ignored.push(headOf(wish));
    else if (found.type === 'say') said.push(found.text);
    else {
      next = found.settings;
      changes.push(found.summary);
      if (found.hint !== undefined) said.push(found.hint);
    }
  }
  if (changes.length + said.length === 0) return say(CANNOT);
  if (ignored.length > 0)
    said.push(`I left out ${ignored.join(' and ')}: without a model key I cannot do that`);
  const sentences = changes.length > 0 ? [oneSentence(changes), ...said] : said;
  const text = sentences.map((sentence) => sentence.replace(/(?<![.…!?])$/, '.')).join(' ');
  if (next === settings) return say(text);
  return { type: 'change', settings: next, summary: text, changes, ignored };
}

/** What was changed has to fit in the title of the change. */
function oneSentence(changes: readonly string[]): string {
  const parts = changes.map((text, at) =>
    at === 0 ? text : text.charAt(0).toLowerCase() + text.slice(1),
  );
  const last = parts.pop() ?? '';
  return parts.length === 0 ? last : `${parts.join(', ')} and ${last}`;
}

function headOf(wish: string): string {
  return `“${unquote(wish.replace(LINKS, '')).slice(0, MAX_SHORT)}”`;
}

/** What joins a wish to the one before it. */
const LINKS = /^[\s,;.!?]*(?:(?:and|then|also)\s+)*/i;

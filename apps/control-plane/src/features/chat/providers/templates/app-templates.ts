import type { Accent, AppSettings } from './app-settings.ts';
import { pollOf } from './poll-request.ts';
import { placesIn } from './words.ts';

export interface AppTemplate {
  readonly id: string;
  /** For people: "A guestbook". */
  readonly label: string;
  /** For titles: "Café guestbook"; empty where the owner alone is the title. */
  readonly noun: string;
  readonly stack: 'static site' | 'Node.js' | 'Node.js and React' | 'Python with Flask' | 'Go';
  /** Folders below the templates folder, laid over each other. */
  readonly layers: readonly string[];
  readonly words: RegExp;
  /** Words that let one think of it, and of others too. */
  readonly near: RegExp;
  readonly accent: Accent;
  readonly tagline: string;
  readonly description: string;
  /** Settings that only this kind of app has. */
  settings(request: string): Partial<AppSettings>;
}

const DEFAULT_PLACES = 20;
const NODE_LAYERS = ['common', 'node-common'];
const FLASK_LAYERS = ['common', 'flask-common'];
const SITE_LAYERS = ['common', 'static-site'];

const MENU = [
  { title: 'Espresso', text: 'Short and strong', price: '2.40' },
  { title: 'Flat white', text: 'Double shot, silky milk', price: '3.80' },
  { title: 'Pot of tea', text: 'Ask for the teas of the week', price: '3.50' },
];
const KITCHEN = [
  { title: 'Granola with yoghurt', text: 'Seasonal fruit', price: '6.20' },
  { title: 'Soup of the day', text: 'With fresh bread', price: '7.50' },
  { title: 'Cake of the day', text: 'From our own oven', price: '4.20' },
];

function guestbookOwner(request: string): string {
  return /\bwedding\b/i.test(request)
    ? 'Leave us a wish for our day.'
    : 'Tell us how you liked it. We read every word.';
}

export const APP_TEMPLATES: readonly AppTemplate[] = [
  {
    id: 'guestbook',
    label: 'A guestbook',
    noun: 'guestbook',
    stack: 'Node.js',
    layers: [...NODE_LAYERS, 'guestbook'],
    words:
      /\bguest[\s-]?books?\b|\bvisitors?[’']? book\b|\b(?:reviews?|feedback|testimonials?|comments?|wishes)\b(?! app)/i,
    near: /\b(?:guests?|visitors?|customers?|greetings?|memories|opinions?|community)\b/i,
    accent: 'terracotta',
    tagline: '',
    description: 'visitors leave their name and a message, and everything they write is kept',
    settings: (request) => ({ tagline: guestbookOwner(request), fields: [] }),
  },
  {
    id: 'todo',
    label: 'A to-do list',
    noun: 'to-do list',
    stack: 'Node.js',
    layers: [...NODE_LAYERS, 'todo'],
    words:
      /\bto[\s-]?dos?\b|\b(?:task|shopping|check|packing|grocery|chore)[\s-]?(?:list|tracker|s list)s?\b|\btasks\b|\bchores\b/i,
    near: /\b(?:organi[sz]e|plan(?:ning)?|household|errands?|housework|reminders?|get done|team ?work)\b/i,
    accent: 'forest',
    tagline: 'One thing after the other.',
    description: 'tasks can be added, ticked off and deleted, and they are kept',
    settings: () => ({ fields: [] }),
  },
  {
    id: 'signup',
    label: 'A sign-up list',
    noun: 'sign-up list',
    stack: 'Node.js and React',
    layers: [...NODE_LAYERS, 'signup'],
    words:
      /\bsign[\s-]?up (?:list|sheet|form|page)s?\b|\bsign[\s-]?ups? for\b|\brsvps?\b|\bregistrations? (?:list|form|page|for)\b|\b(?:attendance|participants?|attendees?|guest) list\b|\bwho(?:[’']s| is) coming\b/i,
    near: /\b(?:workshop|event|course|class|party|meetup|excursion|participants?|attendees|registration|sign[\s-]?up)\b/i,
    accent: 'ocean',
    tagline: 'Put your name down while there are places.',
    description:
      'people put their names down until all places are taken, and can take them off again',
    settings: (request) => ({ places: placesIn(request) ?? DEFAULT_PLACES, fields: [] }),
  },
  {
    id: 'notes',
    label: 'A notebook',
    noun: 'notes',
    stack: 'Python with Flask',
    layers: [...FLASK_LAYERS, 'notes'],
    words:
      /\bnotes?\b|\bnote(?:book|pad|-taking)\b|\bjournal\b|\bdiary\b|\brecipes?\b|\bknowledge base\b/i,
    near: /\b(?:remember|write down|ideas?|thoughts?|collect|knowledge|documentation|memories|reminders?)\b/i,
    accent: 'amber',
    tagline: 'Write it down, find it again.',
    description: 'notes can be written, searched and deleted, and they are kept in a database',
    settings: () => ({ fields: [] }),
  },
  {
    id: 'poll',
    label: 'A poll',
    noun: 'poll',
    stack: 'Python with Flask',
    layers: [...FLASK_LAYERS, 'poll'],
    words: /\bpolls?\b|\bvot(?:e|es|ing)\b|\bsurvey\b|\bquestionnaire\b/i,
    near: /\b(?:decide|decisions?|choose|opinions?|quiz|questions?|favou?rites?)\b/i,
    accent: 'plum',
    tagline: 'One vote each. The result is shown at once.',
    description: 'everybody has one vote, can change it, and sees the result',
    settings: pollOf,
  },
  {
    id: 'links',
    label: 'A link shortener',
    noun: 'links',
    stack: 'Go',
    layers: ['common', 'links'],
    words:
      /\b(?:link|url)[\s-]?shortener\b|\bshort(?:en|er)?[\s-]?(?:links?|urls?)\b|\bshorten\b|\bredirects?\b/i,
    near: /\b(?:links?|urls?|addresses|bookmarks?|campaigns?)\b/i,
    accent: 'ocean',
    tagline: 'Long links, made short. Every visit is counted.',
    description: 'long links become short ones, and every visit is counted',
    settings: () => ({}),
  },
  {
    id: 'menu',
    label: 'A menu',
    noun: 'menu',
    stack: 'static site',
    layers: SITE_LAYERS,
    words: /\bmenu\b|\bprice ?list\b|\bdrinks? (?:list|card)\b|\bfood (?:list|card)\b/i,
    near: /\b(?:restaurant|caf[eé]|bakery|bistro|food|drinks|dishes|kitchen|prices)\b/i,
    accent: 'terracotta',
    tagline: 'Made fresh, every day.',
    description: 'a page with drinks, food, prices and where to find you',
    settings: () => ({
      button: { label: 'See what we serve', section: 'Drinks' },
      sections: [
        { heading: 'Drinks', text: '', layout: 'prices', items: MENU },
        { heading: 'From the kitchen', text: '', layout: 'prices', items: KITCHEN },
        { heading: 'Find us', text: 'Write your address and opening hours here.' },
      ],
    }),
  },
  {
    id: 'portfolio',
    label: 'A portfolio',
    noun: 'portfolio',
    stack: 'static site',
    layers: SITE_LAYERS,
    words:
      /\bportfolio\b|\bmy (?:work|photos|photography|art|paintings|designs)\b|\bc\.?v\.?\b|\br[eé]sum[eé]\b/i,
    near: /\b(?:photograph(?:er|s)|artists?|designers?|gallery|pictures|exhibitions?|showcase)\b/i,
    accent: 'graphite',
    tagline: 'A selection of recent work.',
    description: 'a page with your work, a few words about you, and how to reach you',
    settings: () => ({
      button: { label: 'See the work', section: 'Work' },
      sections: [
        {
          heading: 'Work',
          text: '',
          layout: 'cards',
          items: [
            { title: 'First project', text: 'What it was about, and what you did.' },
            { title: 'Second project', text: 'What it was about, and what you did.' },
            { title: 'Third project', text: 'What it was about, and what you did.' },
          ],
        },
        { heading: 'About', text: 'A few sentences about you and how you work.' },
        { heading: 'Contact', text: 'Write how people reach you.' },
      ],
    }),
  },
  {
    id: 'landing',
    label: 'A website',
    noun: '',
    stack: 'static site',
    layers: SITE_LAYERS,
    words: /\b(?:web ?)?sites?\b|\b(?:home|landing|web)[\s-]?page\b|\bpage\b|\bonline presence\b/i,
    near: /\b(?:business|company|shop|store|club|association|practice|restaurant|hotel|gallery|studio)\b/i,
    accent: 'teal',
    tagline: 'Good that you are here.',
    description: 'a page that says who you are, what you offer, and how to reach you',
    settings: () => ({
      button: { label: 'What we offer', section: 'What we offer' },
      sections: [
        {
          heading: 'What we offer',
          text: '',
          layout: 'cards',
          items: [
            { title: 'Made with care', text: 'Say what makes your work special.' },
            { title: 'Close to you', text: 'Say where you are and when you are open.' },
            { title: 'Always in touch', text: 'Say how quickly you answer.' },
          ],
        },
        { heading: 'About us', text: 'Tell your story in a few sentences.' },
        { heading: 'Contact', text: 'Write your address, telephone number and e-mail here.' },
      ],
    }),
  },
];

/** The kinds offered as buttons; the others are named in the question. */
export const OFFERED = ['landing', 'guestbook', 'todo', 'poll', 'menu'] as const;

export function templateById(id: string): AppTemplate | undefined {
  return APP_TEMPLATES.find((template) => template.id === id);
}

/** findTemplate recognises the kind of app in a sentence: the kind named first, and a mere "page" last of all. */
export function findTemplate(request: string): AppTemplate | undefined {
  const specific = APP_TEMPLATES.filter(({ id }) => id !== 'landing')
    .map((template) => ({ template, at: request.search(template.words) }))
    .filter(({ at }) => at >= 0)
    .sort((left, right) => left.at - right.at);
  const landing = templateById('landing');
  return specific[0]?.template ?? (landing?.words.test(request) ? landing : undefined);
}

/** nearTemplates are those that a sentence could mean when it names none. */
export function nearTemplates(request: string): AppTemplate[] {
  return APP_TEMPLATES.filter(({ near }) => near.test(request));
}
